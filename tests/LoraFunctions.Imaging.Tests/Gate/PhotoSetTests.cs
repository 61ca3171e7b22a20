using LoraFunctions.Imaging.Gate;
using Shouldly;
using Xunit;

namespace LoraFunctions.Imaging.Tests.Gate;

public sealed class PhotoSetTests
{
    [Theory]
    [InlineData("Tesla Model Y, hidden door handles, side view, daylight", "side")]
    [InlineData("Tesla Model Y, front three-quarter view", "front")]
    [InlineData("a rear three quarter view", "rear")]
    [InlineData("BYD Han, Interior", "interior")]
    [InlineData("Ford Viewer, side skirts, back window", null)]
    [InlineData("", null)]
    public void ViewOf_Caption_ReadsTheViewsWords(string caption, string? view) => PhotoSet.ViewOf(caption).ShouldBe(view);

    [Fact]
    public void Best_MoreThanTheMost_KeepsEveryViewsShareAndThenTheBest()
    {
        SetCandidate[] candidates =
        [
            .. Enumerable.Range(0, 40).Select(i => new SetCandidate($"side{i:00}", 0.9 - (0.001 * i), "side view")),
            .. Enumerable.Range(0, 9).Select(i => new SetCandidate($"rear{i}", 0.1 + (0.01 * i), "rear view")),
            new SetCandidate("inside", 0.05, "interior"),
        ];

        var best = PhotoSet.Best(candidates, maxPhotos: 20, minViewShare: 0.1);

        best.Count.ShouldBe(20);
        best.Where(name => !name.StartsWith("side", StringComparison.Ordinal)).Order(StringComparer.Ordinal).ShouldBe(["inside", "rear7", "rear8"]);
        best.ShouldContain("side16");
        PhotoSet.Best(candidates.Reverse(), maxPhotos: 20, minViewShare: 0.1).ShouldBe(best, ignoreOrder: true);
    }

    [Fact]
    public void Missing_FewPhotosAndViews_SaysWhatToPhotograph()
    {
        string[] captions = [.. Enumerable.Repeat("front view", 20), .. Enumerable.Repeat("side view", 2), .. Enumerable.Repeat("interior", 10)];

        PhotoSet.Missing(captions).ShouldBe([
            "it has 32 of 50 photos; 18 more must pass the gate",
            "0 of its photos show the rear, at least 3 must: photograph the car from behind",
            "2 of its photos show the side, at least 3 must: photograph the car from the side",
        ]);
        PhotoSet.Missing([.. Enumerable.Repeat("no view is named", 50)]).ShouldBeEmpty();
    }
}
