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
        var run = _training.Run;
        InterruptedTraining.Finish(_training.Tiny.Trainer(_training.Folder), run);
        var other = run with
        {
            Options = run.Options with { LearningRate = 5e-4, Rank = 8, SaveSteps = 3 },
            Examples = _training.Tiny.Examples(3, seed: 60),
            Inputs = new Dictionary<string, string> { ["the base model"] = "another" },
        };

        var error = Should.Throw<TrainingCheckpointException>(() => _training.Tiny.Trainer(_training.Folder).Train(other));

        error.Message.ShouldContain("LearningRate was 0.001, now it is 0.0005");
        error.Message.ShouldContain("Rank was 4, now it is 8");
        error.Message.ShouldNotContain("SaveSteps");
        error.Message.ShouldEndWith("Go on with what it was made with, or move that folder away to begin anew.");
        error.Message.ShouldContain("it was trained on other pictures, captions, sizes, repeats or held-out pictures");
        error.Message.ShouldContain("the base model was absent, now it is another");
        Should.Throw<TrainingCheckpointException>(() => _training.Tiny.Trainer(_training.Folder).Train(_training.Accumulating)).Message.ShouldContain("it trains a, not b");
    }

    [Fact]
    public void CheckBelongsTo_OtherPictures_NamesThoseThatCameWentAndChanged()
    {
        var run = _training.Run with { Pictures = Digests("a.png=1 b.png=2 c.png=3 d.png=4") };
        var state = TrainingState.New(run);

        state.CheckBelongsTo(run, "folder");
        Should.Throw<TrainingCheckpointException>(() => state.CheckBelongsTo(run with { Pictures = Digests("b.png=2 c.png=9 d.png=4 f.png=6 e.png=5") }, "folder")).Message
            .ShouldContain("another training: new pictures: e.png, f.png; pictures that are gone: a.png; pictures that are others, or have other captions: c.png. Go on");

        static Dictionary<string, string> Digests(string text) => text.Split(' ').Select(p => p.Split('=')).ToDictionary(p => p[0], p => p[1]);
    }

    [Fact]
    public void CheckBelongsTo_ACheckpointFromBeforeAnOptionWasThere_NamesIt()
    {
        var run = _training.Run;
        var options = TrainingState.OptionsJson(run.Options).Replace("\"NoiseOffset\":0.05,", "", StringComparison.Ordinal);

        Should.Throw<TrainingCheckpointException>(() => (TrainingState.New(run) with { Options = options }).CheckBelongsTo(run, "folder")).Message
            .ShouldContain("another training: NoiseOffset was absent, now it is 0.05.");
    }

    [Fact]
    public void Parse_ACheckpointFromWhenSeveralModelsWereTrainedInOnePass_IsTheFirstOfThem()
    {
        var state = TrainingState.New(_training.Run) with { Steps = 7 };

        var parsed = TrainingState.Parse($$"""{"Step":7,"Models":[{{state.ToJson()}}]}""");

        parsed.ToJson().ShouldBe(state.ToJson());
        parsed.CheckBelongsTo(_training.Run, "folder");
    }

    [Theory]
    [InlineData(null)]
    [InlineData(5)]
    public void Train_MoreEpochsThanBefore_EndsWithTheSameBitsAsIfFromTheStart(int? cancelledAt)
    {
        var whole = InterruptedTraining.Finish(_training.Tiny.Trainer(), Constant(6));
        using var cancel = new CancellationTokenSource();
        var few = _training.Tiny.Trainer(_training.Folder, new Recorder { OnStep = s => InterruptedTraining.CancelAt(s.Step, cancelledAt ?? -1, cancel) });
        if (cancelledAt is null)
        {
            InterruptedTraining.Finish(few, Constant(4));
        }
        else
        {
            Should.Throw<OperationCanceledException>(() => few.Train(Constant(4), cancel.Token));
        }

        var seen = new Recorder();
        InterruptedTraining.Finish(_training.Tiny.Trainer(_training.Folder, seen), Constant(6)).ShouldBe(whole);

        seen.StartedAt.ShouldBe(cancelledAt ?? InterruptedTraining.Steps);
        seen.Decisions.ShouldBeEmpty();
    }

    [Fact]
    public void Train_MoreEpochsThanBeforeButNotExactly_SaysWhy()
    {
        var run = _training.Run;
        InterruptedTraining.Finish(_training.Tiny.Trainer(_training.Folder), run);
        var more = run with { Options = run.Options with { Epochs = 9 }, OptionNames = new Dictionary<string, string> { ["Epochs"] = "epochs" } };

        Should.Throw<TrainingCheckpointException>(() => _training.Tiny.Trainer(_training.Folder).Train(more)).Message.ShouldContain(
            "epochs was 4, now it is 9 (to go on with more is not what training with them from the start would be: its learning rate goes down over all epochs)");
        var fewer = run with { Options = run.Options with { Epochs = 3 } };
        Should.Throw<TrainingCheckpointException>(() => _training.Tiny.Trainer(_training.Folder).Train(fewer)).Message.ShouldContain("Epochs was 4, now it is 3.");
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
            var saved = TrainingState.New(run) with
            {
                Outcome = outcome,
                Steps = 12,
                Validations = [.. (losses is [] ? [0.5, 0.4] : losses).Select((l, i) => new TrainingValidation(i + 1, i + 1, l))],
            };
            return MoreEpochs.Obstacle(saved, before, run with { Options = before with { Epochs = before.Epochs + 4 } });
        }
    }

    [Fact]
    public void CheckBelongsTo_BeforeThereArePictures_ComparesTheRest()
    {
        var run = _training.Run;
        TrainingCheckpoint.CheckBelongsTo(_training.Folder, run);
        InterruptedTraining.Finish(_training.Tiny.Trainer(_training.Folder), run);
        var bare = run with { Examples = [], HeldOut = [] };

        TrainingCheckpoint.CheckBelongsTo(_training.Folder, bare);

        var other = bare with { Options = bare.Options with { Validation = new ValidationOptions { Patience = 3 }, TextEncoderLearningRate = null } };
        Should.Throw<TrainingCheckpointException>(() => TrainingCheckpoint.CheckBelongsTo(_training.Folder, other)).Message.ShouldContain(
            "TextEncoderLearningRate was 0.001, now it is none; Validation.Patience was none, now it is 3.");
    }

    private LoraTrainingRun Constant(int epochs) =>
        _training.Run with { Options = _training.Run.Options with { Epochs = epochs, Scheduler = LearningRateScheduler.Constant } };
}
