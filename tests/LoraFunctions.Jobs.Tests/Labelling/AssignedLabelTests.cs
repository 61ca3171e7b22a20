using LoraFunctions.Jobs.Labelling;
using Shouldly;
using Xunit;

namespace LoraFunctions.Jobs.Tests.Labelling;

public sealed class AssignedLabelTests
{
    private static readonly LabelGroup View = new(
        "view",
        [new("front view", ["a"]), new("side view", ["b"]), new("rear view", ["c"])],
        Threshold: null);

    [Fact]
    public void From_Logits_TakesTheBestWithItsSoftmaxAndLead()
    {
        var label = AssignedLabel.From(View, [20f, 22f, 21f]);

        label.Word.ShouldBe("side view");
        label.Probability.ShouldBe(0.665241, 1e-9);
        label.Margin.ShouldBe(0.665241 - 0.244728, 1e-9);
        label.Scores.Select(s => s.Word).ShouldBe(["front view", "side view", "rear view"]);
        label.Scores.Sum(s => s.Probability).ShouldBe(1, 1e-5);
    }

    [Theory]
    [InlineData(0.66, "side view")]
    [InlineData(0.67, null)]
    public void From_OptionalGroup_KeepsSilentBelowItsThreshold(double threshold, string? word) =>
        AssignedLabel.From(View with { Threshold = threshold }, [20f, 22f, 21f]).Word.ShouldBe(word);

    [Fact]
    public void From_WrongNumberOfLogits_Throws() => Should.Throw<ArgumentException>(() => AssignedLabel.From(View, [1f, 2f]));
}
