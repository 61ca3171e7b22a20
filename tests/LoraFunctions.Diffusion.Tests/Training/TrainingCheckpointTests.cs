using LoraFunctions.Diffusion.Lora;
using LoraFunctions.Diffusion.Training;
using Shouldly;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace LoraFunctions.Diffusion.Tests.Training;

/// <summary>A training killed at any moment, also in the middle of writing a checkpoint, ends with the same bits when it is started again.</summary>
public sealed class TrainingCheckpointTests : IDisposable
{
    private readonly InterruptedTraining _training = new();

    public void Dispose() => _training.Dispose();

    [Theory]
    [InlineData(false, InterruptedTraining.Steps)]
    [InlineData(true, 10)]
    public void Train_CancelledAtEveryStepAndStartedAgain_EndsWithTheSameBits(bool isAccumulating, int steps)
    {
        var run = isAccumulating ? _training.Accumulating : _training.Run;
        var whole = InterruptedTraining.Finish(_training.Tiny.Trainer(), run);
        for (var stop = 1; stop < steps; stop += 2)
        {
            using var cancel = new CancellationTokenSource();
            var folder = Path.Combine(_training.Folder, $"cancelled-{stop}");
            var until = new Recorder { OnStep = s => InterruptedTraining.CancelAt(s.Step, stop, cancel) };
            Should.Throw<OperationCanceledException>(() => _training.Tiny.Trainer(folder, until).Train(run, cancel.Token));
            TrainingCheckpoint.Newest(folder)!.Value.Step.ShouldBe(stop);

            var seen = new Recorder();
            InterruptedTraining.Finish(_training.Tiny.Trainer(folder, seen), run).ShouldBe(whole, $"cancelled after step {stop}");
            seen.StartedAt.ShouldBe(stop, "the step counter never rewinds");
            seen.Steps.Min(s => s.Step).ShouldBe(stop + 1);
        }
    }

    [Fact]
    public void Train_KilledAtAnyMomentOfAWrite_ResumesFromTheLastGoodCheckpointToTheSameBits()
    {
        var run = _training.Run;
        var whole = InterruptedTraining.Finish(_training.Tiny.Trainer(), run);
        using var first = new MemoryStream();
        var written = new List<long>();
        InterruptedTraining.Finish(_training.Tiny.Trainer(Path.Combine(_training.Folder, "sizes"), createFile: p => new FailingStream(File.Create(p), long.MaxValue, written.Add)), run);
        var size = written.Max();

        foreach (var share in new[] { 0.0, 0.01, 0.3, 0.7, 0.99 })
        {
            // The disk is full in the middle of the third checkpoint; its own size is known to a few digits of the time that the run has taken.
            var count = 0;
            var folder = Path.Combine(_training.Folder, FormattableString.Invariant($"full-{share}"));
            var trainer = _training.Tiny.Trainer(folder, createFile: p => new FailingStream(File.Create(p), ++count == 3 ? (long)(size * share) : long.MaxValue));
            var error = Should.Throw<TrainingCheckpointException>(() => trainer.Train(run));
            error.Message.ShouldContain("cannot be written");
            error.Message.ShouldContain("No space left");
            error.Message.ShouldContain("the last good one is that of step 4");
            Directory.GetFiles(folder, "*.partial").ShouldBeEmpty();

            var seen = new Recorder();
            InterruptedTraining.Finish(_training.Tiny.Trainer(folder, seen), run).ShouldBe(whole, $"disk full at {share:p1}");
            seen.StartedAt.ShouldBe(4);
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(7)]
    [InlineData(5000)]
    [InlineData(-1)]
    public void Train_NewestCheckpointCutOrFlipped_FallsBackToTheOneBefore(int keep)
    {
        var run = _training.Run;
        var whole = InterruptedTraining.Finish(_training.Tiny.Trainer(), run);
        using var cancel = new CancellationTokenSource();
        Should.Throw<OperationCanceledException>(() =>
            _training.Tiny.Trainer(_training.Folder, new Recorder { OnStep = s => InterruptedTraining.CancelAt(s.Step, 6, cancel) }).Train(run, cancel.Token));
        var (path, step) = TrainingCheckpoint.Newest(_training.Folder)!.Value;
        step.ShouldBe(6);
        var bytes = File.ReadAllBytes(path);
        if (keep < 0)
        {
            bytes[^20] ^= 1;
        }

        File.WriteAllBytes(path, keep < 0 ? bytes : bytes[..keep]);
        File.WriteAllBytes(path + ".partial", bytes[..100]);

        var seen = new Recorder();
        InterruptedTraining.Finish(_training.Tiny.Trainer(_training.Folder, seen), run).ShouldBe(whole);

        seen.StartedAt.ShouldBe(4);
        seen.Decisions.ShouldHaveSingleItem().What.ShouldContain("damaged checkpoint");
        File.Exists(path + ".damaged").ShouldBeTrue();
        File.Exists(path + ".partial").ShouldBeFalse();
    }

    [Fact]
    public void Train_EveryCheckpointDamaged_RefusesToBeginAnewByItself()
    {
        var run = _training.Run;
        InterruptedTraining.Finish(_training.Tiny.Trainer(_training.Folder), run);
        foreach (var file in Directory.GetFiles(_training.Folder))
        {
            File.WriteAllBytes(file, [1, 2, 3]);
        }

        var error = Should.Throw<TrainingCheckpointException>(() => _training.Tiny.Trainer(_training.Folder).Train(run));

        error.Message.ShouldContain("None of the 2 checkpoints");
        error.Message.ShouldContain("Delete the folder to train from the beginning");
    }

    [Fact]
    public void Train_FinishedBefore_GivesTheResultAtOnce()
    {
        var run = _training.Run;
        var whole = InterruptedTraining.Finish(_training.Tiny.Trainer(_training.Folder), run);
        var seen = new Recorder();

        InterruptedTraining.Finish(_training.Tiny.Trainer(_training.Folder, seen), run).ShouldBe(whole);

        seen.Steps.ShouldBeEmpty();
        Directory.GetFiles(_training.Folder).Select(Path.GetFileName).ShouldBe(["checkpoint-00000010.safetensors", "checkpoint-00000012.safetensors"], ignoreOrder: true);
    }

    [Fact]
    public void Train_StoppedByAPersonRightAfterACheckpoint_StaysStoppedWhenStartedAgain()
    {
        var run = _training.Run;
        var control = new StopAt { Steps = 4 };
        using var stopped = _training.Tiny.Trainer(_training.Folder, new Recorder { OnStep = s => control.Done = s.Step }, control.Poll).Train(run);

        using var again = _training.Tiny.Trainer(_training.Folder).Train(run);

        (again.Outcome, again.Steps).ShouldBe((TrainingOutcome.StoppedByPerson, 4));
        again.Decisions.ShouldBe(stopped.Decisions);
        LoraTrainerTests.Difference(again.Weights, stopped.Weights).ShouldBe(0);
    }

    [Fact]
    public void Train_KilledAfterAPersonsWord_TakesItUpAtTheSameStepWhenStartedAgain()
    {
        var run = _training.Run with { Options = _training.Run.Options with { SaveSteps = 1000 } };
        var halved = new TrainingControl(LearningRate: 5e-4, By: "li");
        var whole = InterruptedTraining.Finish(_training.Tiny.Trainer(control: new Words(3, halved).Poll), run);

        // Killed: nothing is written on the way out.
        var words = new Words(3, halved);
        var killed = _training.Tiny.Trainer(_training.Folder, new Recorder { OnStep = s => KillAt(s.Step, 5) }, words.Poll);
        Should.Throw<TimeoutException>(() => killed.Train(run)).Message.ShouldBe("killed");

        var seen = new Recorder();
        InterruptedTraining.Finish(_training.Tiny.Trainer(_training.Folder, seen, words.Poll), run).ShouldBe(whole);
        seen.Decisions.ShouldBeEmpty("what was said is not said again");
    }

    [Fact]
    public void Train_CancelledBetweenTheBatchesOfAStep_DoesTheStepAgain()
    {
        var run = _training.Accumulating;
        var whole = InterruptedTraining.Finish(_training.Tiny.Trainer(), run);
        using var cancel = new CancellationTokenSource();
        var until = new Words(3, TrainingControl.Continue, cancel.Cancel);

        Should.Throw<OperationCanceledException>(() => _training.Tiny.Trainer(_training.Folder, control: until.Poll).Train(run, cancel.Token));

        TrainingCheckpoint.Newest(_training.Folder)!.Value.Step.ShouldBe(3, "the step was only begun");
        InterruptedTraining.Finish(_training.Tiny.Trainer(_training.Folder), run).ShouldBe(whole);
    }

    [Fact]
    public void Train_EndedEarly_GivesTheSameWhenStartedAgain()
    {
        var early = _training.Run with { Options = _training.Run.Options with { Epochs = 40, Scheduler = LearningRateScheduler.Constant, LearningRate = 0.1, Validation = new ValidationOptions { Patience = 1 } } };
        using var first = _training.Tiny.Trainer(_training.Folder).Train(early);
        var seen = new Recorder();

        using var again = _training.Tiny.Trainer(_training.Folder, seen).Train(early);

        first.Outcome.ShouldBe(TrainingOutcome.StoppedEarly);
        seen.Steps.ShouldBeEmpty();
        (again.Outcome, again.Steps, again.WeightsStep, again.Epochs, again.LastEpochLoss)
            .ShouldBe((first.Outcome, first.Steps, first.WeightsStep, first.Epochs, first.LastEpochLoss));
        again.Decisions.ShouldBe(first.Decisions);
        LoraTrainerTests.Difference(again.Weights, first.Weights).ShouldBe(0);
    }

    [Fact]
    public void Train_Diverged_DivergesAgainFromItsLastCheckpoint()
    {
        var nan = zeros(4, 8, 8).Over(0);
        var examples = _training.Run.Examples;
        var bad = _training.Run with { Examples = [.. examples.Take(4), examples[4] with { Latents = new LatentDistribution(nan, nan) }] };

        var first = Should.Throw<TrainingDivergedException>(() => _training.Tiny.Trainer(_training.Folder).Train(bad));
        var second = Should.Throw<TrainingDivergedException>(() => _training.Tiny.Trainer(_training.Folder).Train(bad));

        second.Message.ShouldBe(first.Message);
        first.Result.Outcome.ShouldBe(TrainingOutcome.Diverged);
        (second.Result.Steps, second.Result.WeightsStep).ShouldBe((first.Result.Steps, first.Result.WeightsStep));
        LoraTrainerTests.Difference(second.Result.Weights, first.Result.Weights).ShouldBe(0);
        first.Result.Dispose();
        second.Result.Dispose();
    }

    [Fact]
    public void Train_SlowSteps_AreSavedByTheClock()
    {
        var time = new Microsoft.Extensions.Time.Testing.FakeTimeProvider();
        var seen = new Recorder { OnStep = _ => time.Advance(TimeSpan.FromMinutes(2)) };
        var run = _training.Run with { Options = _training.Run.Options with { SaveSteps = 1000 } };

        InterruptedTraining.Finish(_training.Tiny.Trainer(_training.Folder, seen, time: time), run);

        seen.Checkpoints.Select(c => c.Step).ShouldBe([3, 6, 9, 12]);
    }

    private static void KillAt(long step, long kill)
    {
        if (step == kill)
        {
            throw new TimeoutException("killed");
        }
    }

    private sealed class StopAt
    {
        public required long Steps { get; init; }

        public long Done { get; set; }

        public TrainingControl Poll() => new(Stop: Done >= Steps, By: "wang");
    }

    /// <summary>Says something before the step after so many, and goes on saying it.</summary>
    private sealed class Words(int steps, TrainingControl said, Action? onSaid = null)
    {
        private int _polls;

        public TrainingControl Poll()
        {
            if (_polls++ < steps)
            {
                return TrainingControl.Continue;
            }

            onSaid?.Invoke();
            return said;
        }
    }
}
