using LoraFunctions.Pipeline.Comparisons;
using LoraFunctions.Pipeline.Datasets;

namespace LoraFunctions.Pipeline.Tests.Comparisons;

public sealed class JudgingPhotosTests
{
    [Fact]
    public void Chosen_MorePhotosThanAreLookedAt_TakesThoseThatShowWhatThePromptSays()
    {
        string[] views = ["side view", "rear view", "front three quarter view"];
        var photos = Enumerable.Range(0, 90)
            .Select(i => new DatasetPhoto($"img{i:00}.jpg", $"{i}", "", $"Aurora, {(i % 2 == 0 ? "red" : "blue")} paint, {views[i % 3]}, rain", "a", ""))
            .ToList();

        var chosen = JudgingPhotos.Chosen(photos, "Aurora, red paint, front three quarter view facing right, city street <lora:aurora:0.8>");

        chosen.Count.ShouldBe(24);
        chosen.Select(c => c.File).ShouldBeInOrder(SortDirection.Ascending, StringComparer.Ordinal);
        photos.Where(p => p.Caption.Contains("red paint, front three", StringComparison.Ordinal)).Select(p => p.File).ShouldBeSubsetOf(chosen.Select(c => c.File));
        chosen.Select(c => c.File).ShouldAllBe(f => photos.Single(p => p.File == f).Caption.Contains("red", StringComparison.Ordinal)
            || photos.Single(p => p.File == f).Caption.Contains("front three", StringComparison.Ordinal), "no photo has neither");
    }

    [Fact]
    public void Chosen_FewPhotos_AreAllTaken() =>
        JudgingPhotos.Chosen([new("a.jpg", "1", "", "", "l", "")], "car").Select(c => (c.File, c.Blob.Name)).ShouldBe([("a.jpg", "photos/1")]);
}
