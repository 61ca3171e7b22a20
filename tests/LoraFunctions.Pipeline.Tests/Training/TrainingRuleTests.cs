using LoraFunctions.Pipeline.Datasets;
using LoraFunctions.Pipeline.Training;

namespace LoraFunctions.Pipeline.Tests.Training;

public sealed class TrainingRuleTests
{
    [Theory]
    [InlineData(0, null, false, false, TrainingDue.NotYet)]
    [InlineData(49, null, false, false, TrainingDue.NotYet)]
    [InlineData(50, null, false, false, TrainingDue.Now)]
    [InlineData(60, 50, false, false, TrainingDue.UpToDate)]
    [InlineData(70, 50, false, false, TrainingDue.Now)]
    [InlineData(60, 50, true, false, TrainingDue.Now)]
    [InlineData(49, 60, false, false, TrainingDue.NotYet)]
    [InlineData(1, null, false, true, TrainingDue.Now)]
    [InlineData(60, 60, false, true, TrainingDue.Now)]
    [InlineData(0, null, false, true, TrainingDue.NotYet)]
    public void Decide_Photos_SaysWhenToTrain(int photos, int? trainedOn, bool baseModelChanged, bool onDemand, TrainingDue due)
    {
        var trained = trainedOn is { } n ? Dataset(n) : null;

        TrainingRule.Decide(Dataset(photos), trained, null, baseModelChanged, 50, 20, onDemand).Due.ShouldBe(due);
    }

    [Fact]
    public void Decide_TooFew_SaysWhatIsMissing() =>
        TrainingRule.Decide(Dataset(12), null, null, false, 50, 20, false).Reason.ShouldBe("it has 12 of 50 photos; 38 more must pass the gate");

    [Fact]
    public void Decide_AViewIsMissing_SaysWhatToPhotograph()
    {
        string[] words = ["front view", "side view", "interior", "front three-quarter view"];
        var dataset = Dataset(60);
        dataset = dataset with { Photos = [.. dataset.Photos.Select((p, i) => p with { Caption = $"Make Model, {words[i % 4]}, daylight" })] };

        TrainingRule.Decide(dataset, null, null, false, 50, 20, false)
            .ShouldBe((TrainingDue.NotYet, "0 of its photos show the rear, at least 3 must: photograph the car from behind"));
        TrainingRule.Decide(dataset, null, null, false, 50, 20, false, minViewShare: 0).Due.ShouldBe(TrainingDue.Now);
        TrainingRule.Decide(dataset, null, null, false, 50, 20, onDemand: true).Due.ShouldBe(TrainingDue.Now);
    }

    [Fact]
    public void Decide_UpToDate_SaysHowManyAreNew() =>
        TrainingRule.Decide(Dataset(55), Dataset(50), null, false, 50, 20, false).Reason
            .ShouldBe("5 new photos since its LoRA; it is trained again from 20 on");

    [Fact]
    public void Decide_TrainedByANight_SaysWhich() =>
        TrainingRule.Decide(Dataset(50), Dataset(50), "2025-03-01", false, 50, 20, false).Reason
            .ShouldBe("0 new photos since its LoRA of the night of 2025-03-01; it is trained again from 20 on");

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Decide_NotReleased_IsNeverTrained(bool onDemand)
    {
        var (due, reason) = TrainingRule.Decide(Dataset(100) with { Released = false }, null, null, false, 50, 20, onDemand);

        due.ShouldBe(TrainingDue.NotYet);
        reason.ShouldNotBeNull().ShouldContain("not released");
    }

    private static DatasetManifest Dataset(int photos) =>
        new(
            1, "make-model", "digest", "Make", "Make Model", "suv", true, "sha", "sha",
            [.. Enumerable.Range(0, photos).Select(i => new DatasetPhoto($"{i}.jpg", "sha", $"pixels {i}", "caption", "l", $"{i}.jpg"))],
            []);
}
