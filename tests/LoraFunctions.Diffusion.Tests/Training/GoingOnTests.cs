using LoraFunctions.Diffusion.Training;
using Shouldly;
using Xunit;

namespace LoraFunctions.Diffusion.Tests.Training;

/// <summary>What a checkpoint is gone on with: the same training, or the same with more epochs.</summary>
public sealed class GoingOnTests : IDisposable
{
    private readonly InterruptedTraining _training = new();

    public void Dispose() => _training.Dispose();

    [Fact]
    public void Train_CheckpointOfOtherOptionsOrInputs_NamesEveryDifference()
    {
        var runs = _training.Runs();
        InterruptedTraining.Finish(_training.Tiny.Trainer(_training.Folder), runs);
        LoraTrainingRun[] others =
        [
            runs[0] with { Options = runs[0].Options with { LearningRate = 5e-4, Rank = 8, SaveSteps = 3 } },
            runs[1] with { Examples = _training.Tiny.Examples(3, seed: 60), Inputs = new Dictionary<string, string> { ["the base model"] = "another" } },
        ];

        var error = Should.Throw<TrainingCheckpointException>(() => _training.Tiny.Trainer(_training.Folder).Train(others));

        error.Message.ShouldContain("a: LearningRate was 0.001, now it is 0.0005");
        error.Message.ShouldContain("a: Rank was 4, now it is 8");
        error.Message.ShouldNotContain("SaveSteps");
        error.Message.ShouldEndWith("Go on with what it was made with, or move that folder away to begin anew.");
        error.Message.ShouldContain("b: it was trained on other pictures, captions, sizes, repeats or held-out pictures");
        error.Message.ShouldContain("b: the base model was absent, now it is another");
        Should.Throw<TrainingCheckpointException>(() => _training.Tiny.Trainer(_training.Folder).Train([runs[1]])).Message.ShouldContain("it trains a, b, not b");
    }

    [Fact]
    public void CheckBelongsTo_ACheckpointFromBeforeAnOptionWasThere_NamesIt()
    {
        var run = _training.Runs()[0];
        var options = TrainingState.OptionsJson(run.Options).Replace("\"NoiseOffset\":0.05,", "", StringComparison.Ordinal);
        var state = new TrainingState(1, [new ModelProgress { Name = "a", Options = options, Inputs = run.Inputs, Pictures = TrainingState.PicturesDigest(run) }]);

        Should.Throw<TrainingCheckpointException>(() => state.CheckBelongsTo([run], "folder")).Message
            .ShouldContain("another training: a: NoiseOffset was absent, now it is 0.05.");
    }

    [Theory]
    [InlineData(null)]
    [InlineData(5)]
    public void Train_MoreEpochsThanBefore_EndsWithTheSameBitsAsIfFromTheStart(int? cancelledAt)
    {
        LoraTrainingRun[] Runs(int epochs) => [Constant(epochs), _training.Runs()[1]];
        var whole = InterruptedTraining.Finish(_training.Tiny.Trainer(), Runs(6));
        using var cancel = new CancellationTokenSource();
        var few = _training.Tiny.Trainer(_training.Folder, new Recorder { OnStep = s => InterruptedTraining.CancelAt(s.Step, cancelledAt ?? -1, cancel) });
        if (cancelledAt is null)
        {
            InterruptedTraining.Finish(few, Runs(4));
        }
        else
        {
            Should.Throw<OperationCanceledException>(() => few.Train(Runs(4), cancel.Token));
        }

        var seen = new Recorder();
        InterruptedTraining.Finish(_training.Tiny.Trainer(_training.Folder, seen), Runs(6)).ShouldBe(whole);

        seen.StartedAt.ShouldBe(cancelledAt ?? InterruptedTraining.Steps);
        seen.Decisions.ShouldBeEmpty();
    }

    [Fact]
    public void Train_MoreEpochsThanBeforeButNotExactly_SaysWhy()
    {
        var runs = _training.Runs();
        InterruptedTraining.Finish(_training.Tiny.Trainer(_training.Folder), runs);
        LoraTrainingRun[] more = [.. runs.Select(r => r with { Options = r.Options with { Epochs = 9 }, OptionNames = new Dictionary<string, string> { ["Epochs"] = "epochs" } })];

        var error = Should.Throw<TrainingCheckpointException>(() => _training.Tiny.Trainer(_training.Folder).Train(more));

        error.Message.ShouldContain("a: epochs was 4, now it is 9 (to go on with more is not what training with them from the start would be: its learning rate goes down over all epochs)");
        error.Message.ShouldContain("b: epochs was 5, now it is 9 (to go on with more is not what training with them from the start would be: the models trained with it have gone on without it)");
        LoraTrainingRun[] fewer = [runs[0] with { Options = runs[0].Options with { Epochs = 3 } }, runs[1]];
        Should.Throw<TrainingCheckpointException>(() => _training.Tiny.Trainer(_training.Folder).Train(fewer)).Message.ShouldContain("a: Epochs was 4, now it is 3.");
    }

    [Fact]
    public void Obstacle_OnlyWhereTheFirstEpochsWouldHaveBeenTheSame_IsNull()
    {
        var run = Constant(4);
        var even = run.Options with { Epochs = 2, GradientAccumulation = 2 };
        var everyOther = run.Options with { Validation = new ValidationOptions { EveryEpochs = 2 } };

        Obstacle(TrainingOutcome.Completed, run.Options).ShouldBeNull();
        Obstacle(TrainingOutcome.Completed, even).ShouldBeNull("two epochs of three batches are three steps");
        Obstacle(TrainingOutcome.Completed, even with { Epochs = 3 }).ShouldBe("its last step had fewer batches than the others");
        Obstacle(TrainingOutcome.Running, even with { Epochs = 3 }).ShouldBeNull();
        Obstacle(TrainingOutcome.Completed, everyOther).ShouldBeNull();
        Obstacle(TrainingOutcome.Completed, everyOther with { Epochs = 3 }).ShouldBe("its last validation was there only because it ended");
        Obstacle(TrainingOutcome.Running, everyOther with { Epochs = 3 }).ShouldBeNull();
        Obstacle(TrainingOutcome.StoppedEarly, run.Options).ShouldBe("it was stopped early");
        Obstacle(TrainingOutcome.StoppedByPerson, run.Options).ShouldBe("a person stopped it");
        Obstacle(TrainingOutcome.Diverged, run.Options).ShouldBe("a loss was not finite");

        // More epochs have more patience; here it is fixed, so that few losses show the rise.
        var patient = run.Options with { Validation = new ValidationOptions { Patience = 2 } };
        Obstacle(TrainingOutcome.Running, patient, 0.5, 0.4, 0.4, 0.6).ShouldBeNull();
        Obstacle(TrainingOutcome.Running, patient, 0.5, 0.4, 0.4, 0.6, 0.6).ShouldBe("it would have been stopped early, for the patience grows with the epochs");

        string? Obstacle(TrainingOutcome outcome, LoraTrainingOptions before, params double[] losses)
        {
            var saved = new ModelProgress
            {
                Name = "a",
                Options = "",
                Inputs = run.Inputs,
                Pictures = "",
                Outcome = outcome,
                Steps = 12,
                Validations = [.. (losses is [] ? [0.5, 0.4] : losses).Select((l, i) => new TrainingValidation(i + 1, i + 1, l))],
            };
            return MoreEpochs.Obstacle(saved, 12, before, run with { Options = before with { Epochs = before.Epochs + 4 } });
        }
    }

    [Fact]
    public void CheckBelongsTo_BeforeThereArePictures_ComparesTheRest()
    {
        var runs = _training.Runs();
        TrainingCheckpoint.CheckBelongsTo(_training.Folder, runs);
        InterruptedTraining.Finish(_training.Tiny.Trainer(_training.Folder), runs);
        LoraTrainingRun[] bare = [.. runs.Select(r => r with { Examples = [], HeldOut = [] })];

        TrainingCheckpoint.CheckBelongsTo(_training.Folder, bare);

        bare[0] = bare[0] with { Options = bare[0].Options with { Validation = new ValidationOptions { Patience = 3 }, TextEncoderLearningRate = null } };
        Should.Throw<TrainingCheckpointException>(() => TrainingCheckpoint.CheckBelongsTo(_training.Folder, bare)).Message.ShouldContain(
            "a: TextEncoderLearningRate was 0.001, now it is none; a: Validation.Patience was none, now it is 3.");
    }

    private LoraTrainingRun Constant(int epochs) =>
        _training.Runs()[0] with { Options = _training.Runs()[0].Options with { Epochs = epochs, Scheduler = LearningRateScheduler.Constant } };
}
