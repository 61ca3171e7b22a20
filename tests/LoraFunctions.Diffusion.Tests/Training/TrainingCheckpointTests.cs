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

    [Fact]
    public void Train_CancelledAtEveryStepAndStartedAgain_EndsWithTheSameBits()
    {
        var runs = _training.Runs();
        var whole = InterruptedTraining.Finish(_training.Tiny.Trainer(), runs);
        for (var stop = 1; stop < InterruptedTraining.Steps; stop += 2)
        {
            using var cancel = new CancellationTokenSource();
            var folder = Path.Combine(_training.Folder, $"cancelled-{stop}");
            var until = new Recorder { OnStep = s => InterruptedTraining.CancelAt(s.Step, stop, cancel) };
            Should.Throw<OperationCanceledException>(() => _training.Tiny.Trainer(folder, until).Train(runs, cancel.Token));
            TrainingCheckpoint.Newest(folder)!.Value.Step.ShouldBe(stop);

            var seen = new Recorder();
            InterruptedTraining.Finish(_training.Tiny.Trainer(folder, seen), runs).ShouldBe(whole, $"cancelled after step {stop}");
            seen.StartedAt.ShouldBe(stop, "the step counter never rewinds");
            seen.Steps.Min(s => s.Step).ShouldBe(stop + 1);
        }
    }

    [Fact]
    public void Train_KilledAtAnyMomentOfAWrite_ResumesFromTheLastGoodCheckpointToTheSameBits()
    {
        var runs = _training.Runs();
        var whole = InterruptedTraining.Finish(_training.Tiny.Trainer(), runs);
        using var first = new MemoryStream();
        var written = new List<long>();
        InterruptedTraining.Finish(_training.Tiny.Trainer(Path.Combine(_training.Folder, "sizes"), createFile: p => new FailingStream(File.Create(p), long.MaxValue, written.Add)), runs);
        var size = written.Max();

        foreach (var share in new[] { 0.0, 0.01, 0.3, 0.7, 0.999 })
        {
            // The disk is full in the middle of the third checkpoint.
            var count = 0;
            var folder = Path.Combine(_training.Folder, FormattableString.Invariant($"full-{share}"));
            var trainer = _training.Tiny.Trainer(folder, createFile: p => new FailingStream(File.Create(p), ++count == 3 ? (long)(size * share) : long.MaxValue));
            var error = Should.Throw<TrainingCheckpointException>(() => trainer.Train(runs));
            error.Message.ShouldContain("cannot be written");
            error.Message.ShouldContain("No space left");
            error.Message.ShouldContain("the last good one is that of step 4");
            Directory.GetFiles(folder, "*.partial").ShouldBeEmpty();

            var seen = new Recorder();
            InterruptedTraining.Finish(_training.Tiny.Trainer(folder, seen), runs).ShouldBe(whole, $"disk full at {share:p1}");
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
        var runs = _training.Runs();
        var whole = InterruptedTraining.Finish(_training.Tiny.Trainer(), runs);
        using var cancel = new CancellationTokenSource();
        Should.Throw<OperationCanceledException>(() =>
            _training.Tiny.Trainer(_training.Folder, new Recorder { OnStep = s => InterruptedTraining.CancelAt(s.Step, 6, cancel) }).Train(runs, cancel.Token));
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
        InterruptedTraining.Finish(_training.Tiny.Trainer(_training.Folder, seen), runs).ShouldBe(whole);

        seen.StartedAt.ShouldBe(4);
        seen.Decisions.ShouldHaveSingleItem().What.ShouldContain("damaged checkpoint");
        File.Exists(path + ".damaged").ShouldBeTrue();
        File.Exists(path + ".partial").ShouldBeFalse();
    }

    [Fact]
    public void Train_EveryCheckpointDamaged_RefusesToBeginAnewByItself()
    {
        var runs = _training.Runs();
        InterruptedTraining.Finish(_training.Tiny.Trainer(_training.Folder), runs);
        foreach (var file in Directory.GetFiles(_training.Folder))
        {
            File.WriteAllBytes(file, [1, 2, 3]);
        }

        var error = Should.Throw<TrainingCheckpointException>(() => _training.Tiny.Trainer(_training.Folder).Train(runs));

        error.Message.ShouldContain("None of the 2 checkpoints");
        error.Message.ShouldContain("Delete the folder to train from the beginning");
    }

    [Fact]
    public void Train_FinishedBefore_GivesTheResultAtOnce()
    {
        var runs = _training.Runs();
        var whole = InterruptedTraining.Finish(_training.Tiny.Trainer(_training.Folder), runs);
        var seen = new Recorder();

        InterruptedTraining.Finish(_training.Tiny.Trainer(_training.Folder, seen), runs).ShouldBe(whole);

        seen.Steps.ShouldBeEmpty();
        Directory.GetFiles(_training.Folder).Select(Path.GetFileName).ShouldBe(["checkpoint-00000010.safetensors", "checkpoint-00000012.safetensors"], ignoreOrder: true);
    }

    [Fact]
    public void Train_StoppedByAPersonRightAfterACheckpoint_StaysStoppedWhenStartedAgain()
    {
        var run = _training.Runs()[0];
        var control = new StopAt { Steps = 4 };
        using var stopped = _training.Tiny.Trainer(_training.Folder, new Recorder { OnStep = s => control.Done = s.Step }, control).Train([run])[0];

        using var again = _training.Tiny.Trainer(_training.Folder).Train([run])[0];

        (again.Outcome, again.Steps).ShouldBe((TrainingOutcome.StoppedByPerson, 4));
        again.Decisions.ShouldBe(stopped.Decisions);
        LoraTrainerTests.Difference(again.Weights, stopped.Weights).ShouldBe(0);
    }

    [Fact]
    public void Train_KilledAfterAPersonsWord_TakesItUpAtTheSameStepWhenStartedAgain()
    {
        LoraTrainingRun[] runs = [.. _training.Runs().Select(r => r with { Options = r.Options with { SaveSteps = 1000 } })];
        var halved = new TrainingControl(LearningRate: 5e-4, By: "li");
        var whole = InterruptedTraining.Finish(_training.Tiny.Trainer(control: new Words("a", 3, halved)), runs);

        // Killed: nothing is written on the way out.
        var words = new Words("a", 3, halved);
        var killed = _training.Tiny.Trainer(_training.Folder, new Recorder { OnStep = s => KillAt(s.Step, 5) }, words);
        Should.Throw<TimeoutException>(() => killed.Train(runs)).Message.ShouldBe("killed");

        var seen = new Recorder();
        InterruptedTraining.Finish(_training.Tiny.Trainer(_training.Folder, seen, words), runs).ShouldBe(whole);
        seen.Decisions.ShouldBeEmpty("what was said is not said again");
    }

    [Fact]
    public void Train_CancelledBetweenTheBatchesOfAStep_DoesTheStepAgain()
    {
        var run = _training.Runs()[1];
        var whole = InterruptedTraining.Finish(_training.Tiny.Trainer(), [run]);
        using var cancel = new CancellationTokenSource();
        var until = new Words("b", 3, TrainingControl.Continue, cancel.Cancel);

        Should.Throw<OperationCanceledException>(() => _training.Tiny.Trainer(_training.Folder, control: until).Train([run], cancel.Token));

        TrainingCheckpoint.Newest(_training.Folder)!.Value.Step.ShouldBe(3, "the step was only begun");
        InterruptedTraining.Finish(_training.Tiny.Trainer(_training.Folder), [run]).ShouldBe(whole);
    }

    [Fact]
    public void Train_EndedEarlyOrDiverged_GivesTheSameWhenStartedAgain()
    {
        var early = _training.Runs()[0] with { Options = _training.Runs()[0].Options with { Epochs = 40, Scheduler = LearningRateScheduler.Constant, LearningRate = 0.1, Validation = new ValidationOptions { Patience = 1 } } };
        var nan = zeros(4, 8, 8) / 0.0;
        var bad = _training.Runs()[1] with { Examples = [.. _training.Runs()[1].Examples.Take(1), _training.Runs()[1].Examples[1] with { Latents = new LatentDistribution(nan, nan) }] };

        var first = Should.Throw<TrainingDivergedException>(() => _training.Tiny.Trainer(_training.Folder).Train([early, bad]));
        var seen = new Recorder();
        var second = Should.Throw<TrainingDivergedException>(() => _training.Tiny.Trainer(_training.Folder, seen).Train([early, bad]));

        first.Results.Select(r => r.Outcome).ShouldBe([TrainingOutcome.StoppedEarly, TrainingOutcome.Diverged]);
        second.Message.ShouldBe(first.Message);
        seen.Steps.ShouldBeEmpty();
        foreach (var (a, b) in first.Results.Zip(second.Results))
        {
            (b.Outcome, b.Steps, b.WeightsStep, b.Epochs, b.LastEpochLoss).ShouldBe((a.Outcome, a.Steps, a.WeightsStep, a.Epochs, a.LastEpochLoss));
            b.Decisions.ShouldBe(a.Decisions);
            LoraTrainerTests.Difference(a.Weights, b.Weights).ShouldBe(0);
            a.Dispose();
            b.Dispose();
        }
    }

    [Fact]
    public void Train_SlowSteps_AreSavedByTheClock()
    {
        var time = new Microsoft.Extensions.Time.Testing.FakeTimeProvider();
        var seen = new Recorder { OnStep = _ => time.Advance(TimeSpan.FromMinutes(2)) };
        var run = _training.Runs()[0] with { Options = _training.Runs()[0].Options with { SaveSteps = 1000 } };

        InterruptedTraining.Finish(_training.Tiny.Trainer(_training.Folder, seen, time: time), [run]);

        seen.Checkpoints.Select(c => c.Step).ShouldBe([3, 6, 9, 12]);
    }

    private static void KillAt(long step, long kill)
    {
        if (step == kill)
        {
            throw new TimeoutException("killed");
        }
    }

    private sealed class StopAt : ILoraTrainerControl
    {
        public required long Steps { get; init; }

        public long Done { get; set; }

        public TrainingControl Poll(string model) => new(Stop: Done >= Steps, By: "wang");
    }

    /// <summary>Says something to one model before the step after so many, and goes on saying it.</summary>
    private sealed class Words(string model, int steps, TrainingControl said, Action? onSaid = null) : ILoraTrainerControl
    {
        private int _polls;

        public TrainingControl Poll(string polled)
        {
            if (polled != model || _polls++ < steps)
            {
                return TrainingControl.Continue;
            }

            onSaid?.Invoke();
            return said;
        }
    }
}
