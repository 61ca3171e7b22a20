using LoraFunctions.Jobs.Labelling;
using Shouldly;
using Xunit;

namespace LoraFunctions.Jobs.Tests.Labelling;

public sealed class LabelAccuracyTests
{
    private static readonly LabelGroup View = new("view", [new("front view", ["a"]), new("side view", ["b"])], Threshold: null);

    // Sure to 98 % and right in 75 of 100: the probabilities are off by 23 points, and a temperature brings log(49) down to log(3).
    [Fact]
    public void Of_TooSureAnswers_FitsTheTemperatureThatMakesThemTrue()
    {
        var label = AssignedLabel.From(View, [MathF.Log(49), 0]);
        LabelledPhoto[] photos = [.. Enumerable.Range(0, 200).Select(i => new LabelledPhoto($"{i}.jpg", "", Corrected: false, [label]))];
        var truth = photos.ToDictionary(photo => photo.FileName, photo => photo.FileName.Length > 5 && int.Parse(photo.FileName[..^4], System.Globalization.CultureInfo.InvariantCulture) % 4 == 0 ? "side view" : "front view");
        var wrong = truth.Values.Count(word => word == "side view");

        var accuracy = LabelAccuracy.Of(new LabelTable([], [View]), photos, truth).Single();

        (accuracy.Right, accuracy.Wrong, accuracy.Silent).ShouldBe((200 - wrong, wrong, 0));
        accuracy.CalibrationError.ShouldBe(0.98 - ((200 - wrong) / 200.0), 1e-6);
        accuracy.Temperature!.Value.ShouldBe(Math.Log(49) / Math.Log((200.0 - wrong) / wrong), 0.1);
        LabelAccuracy.Of(new LabelTable([], [View]), photos[..199], truth).Single().Temperature.ShouldBeNull();
    }

    [Fact]
    public void From_MarginAndTemperature_KeepBackAndSoften()
    {
        var sure = AssignedLabel.From(View, [2, 1]);
        AssignedLabel.From(View with { Margin = sure.Margin + 0.01 }, [2, 1]).Word.ShouldBeNull();
        AssignedLabel.From(View with { Margin = sure.Margin }, [2, 1]).Word.ShouldBe("front view");
        AssignedLabel.From(View with { Temperature = 2 }, [2, 1]).Probability.ShouldBe(AssignedLabel.From(View, [1, 0.5f]).Probability, 1e-6);
    }
}
