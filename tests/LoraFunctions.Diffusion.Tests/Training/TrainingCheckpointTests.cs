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
    private const int Steps = 12;

    private readonly DisposeScope _scope = NewDisposeScope();
    private readonly TinyDiffusion _tiny = new();
    private readonly string _folder = Directory.CreateTempSubdirectory("lora-checkpoints-").FullName;

    public void Dispose()
    {
        _tiny.Dispose();
        _scope.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public void Train_CancelledAtEveryStepAndStartedAgain_EndsWithTheSameBits()
    {
        var runs = Runs();
        var whole = Finish(_tiny.Trainer(), runs);
        for (var stop = 1; stop < Steps; stop += 2)
        {
            using var cancel = new CancellationTokenSource();
            var folder = Path.Combine(_folder, $"cancelled-{stop}");
            var until = new Recorder { OnStep = s => CancelAt(s.Step, stop, cancel) };
            Should.Throw<OperationCanceledException>(() => _tiny.Trainer(folder, until).Train(runs, cancel.Token));
            TrainingCheckpoint.Newest(folder)!.Value.Step.ShouldBe(stop);

            var seen = new Recorder();
            Finish(_tiny.Trainer(folder, seen), runs).ShouldBe(whole, $"cancelled after step {stop}");
            seen.StartedAt.ShouldBe(stop, "the step counter never rewinds");
            seen.Steps.Min(s => s.Step).ShouldBe(stop + 1);
        }
    }

    [Fact]
    public void Train_KilledAtAnyMomentOfAWrite_ResumesFromTheLastGoodCheckpointToTheSameBits()
    {
        var runs = Runs();
        var whole = Finish(_tiny.Trainer(), runs);
        using var first = new MemoryStream();
        var written = new List<long>();
        Finish(_tiny.Trainer(Path.Combine(_folder, "sizes"), createFile: p => new FailingStream(File.Create(p), long.MaxValue, written.Add)), runs);
        var size = written.Max();

        foreach (var share in new[] { 0.0, 0.01, 0.3, 0.7, 0.999 })
        {
            // The disk is full in the middle of the third checkpoint.
            var count = 0;
            var folder = Path.Combine(_folder, FormattableString.Invariant($"full-{share}"));
            var trainer = _tiny.Trainer(folder, createFile: p => new FailingStream(File.Create(p), ++count == 3 ? (long)(size * share) : long.MaxValue));
            var error = Should.Throw<TrainingCheckpointException>(() => trainer.Train(runs));
            error.Message.ShouldContain("cannot be written");
            error.Message.ShouldContain("No space left");
            error.Message.ShouldContain("the last good one is that of step 4");
            Directory.GetFiles(folder, "*.partial").ShouldBeEmpty();

            var seen = new Recorder();
            Finish(_tiny.Trainer(folder, seen), runs).ShouldBe(whole, $"disk full at {share:p1}");
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
        var runs = Runs();
        var whole = Finish(_tiny.Trainer(), runs);
        using var cancel = new CancellationTokenSource();
        Should.Throw<OperationCanceledException>(() =>
            _tiny.Trainer(_folder, new Recorder { OnStep = s => CancelAt(s.Step, 6, cancel) }).Train(runs, cancel.Token));
        var (path, step) = TrainingCheckpoint.Newest(_folder)!.Value;
        step.ShouldBe(6);
        var bytes = File.ReadAllBytes(path);
        if (keep < 0)
        {
            bytes[^20] ^= 1;
        }

        File.WriteAllBytes(path, keep < 0 ? bytes : bytes[..keep]);
        File.WriteAllBytes(path + ".partial", bytes[..100]);

        var seen = new Recorder();
        Finish(_tiny.Trainer(_folder, seen), runs).ShouldBe(whole);

        seen.StartedAt.ShouldBe(4);
        seen.Decisions.ShouldHaveSingleItem().What.ShouldContain("damaged checkpoint");
        File.Exists(path + ".damaged").ShouldBeTrue();
        File.Exists(path + ".partial").ShouldBeFalse();
    }

    [Fact]
    public void Train_EveryCheckpointDamaged_RefusesToBeginAnewByItself()
    {
        var runs = Runs();
        Finish(_tiny.Trainer(_folder), runs);
        foreach (var file in Directory.GetFiles(_folder))
        {
            File.WriteAllBytes(file, [1, 2, 3]);
        }

        var error = Should.Throw<TrainingCheckpointException>(() => _tiny.Trainer(_folder).Train(runs));

        error.Message.ShouldContain("None of the 2 checkpoints");
        error.Message.ShouldContain("Delete the folder to train from the beginning");
    }

    [Fact]
    public void Train_FinishedBefore_GivesTheResultAtOnce()
    {
        var runs = Runs();
        var whole = Finish(_tiny.Trainer(_folder), runs);
        var seen = new Recorder();

        Finish(_tiny.Trainer(_folder, seen), runs).ShouldBe(whole);

        seen.Steps.ShouldBeEmpty();
        Directory.GetFiles(_folder).Select(Path.GetFileName).ShouldBe(["checkpoint-00000010.safetensors", "checkpoint-00000012.safetensors"], ignoreOrder: true);
    }

    [Fact]
    public void Train_StoppedByAPersonRightAfterACheckpoint_StaysStoppedWhenStartedAgain()
    {
        var run = Runs()[0];
        var control = new StopAt { Steps = 4 };
        using var stopped = _tiny.Trainer(_folder, new Recorder { OnStep = s => control.Done = s.Step }, control).Train([run])[0];

        using var again = _tiny.Trainer(_folder).Train([run])[0];

        (again.Outcome, again.Steps).ShouldBe((TrainingOutcome.StoppedByPerson, 4));
        again.Decisions.ShouldBe(stopped.Decisions);
        LoraTrainerTests.Difference(again.Weights, stopped.Weights).ShouldBe(0);
    }

    [Fact]
    public void Train_KilledAfterAPersonsWord_TakesItUpAtTheSameStepWhenStartedAgain()
    {
        LoraTrainingRun[] runs = [.. Runs().Select(r => r with { Options = r.Options with { SaveSteps = 1000 } })];
        var halved = new TrainingControl(LearningRate: 5e-4, By: "li");
        var whole = Finish(_tiny.Trainer(control: new Words("a", 3, halved)), runs);

        // Killed: nothing is written on the way out.
        var words = new Words("a", 3, halved);
        var killed = _tiny.Trainer(_folder, new Recorder { OnStep = s => KillAt(s.Step, 5) }, words);
        Should.Throw<TimeoutException>(() => killed.Train(runs)).Message.ShouldBe("killed");

        var seen = new Recorder();
        Finish(_tiny.Trainer(_folder, seen, words), runs).ShouldBe(whole);
        seen.Decisions.ShouldBeEmpty("what was said is not said again");
    }

    [Fact]
    public void Train_CancelledBetweenTheBatchesOfAStep_DoesTheStepAgain()
    {
        var run = Runs()[1];
        var whole = Finish(_tiny.Trainer(), [run]);
        using var cancel = new CancellationTokenSource();
        var until = new Words("b", 3, TrainingControl.Continue, cancel.Cancel);

        Should.Throw<OperationCanceledException>(() => _tiny.Trainer(_folder, control: until).Train([run], cancel.Token));

        TrainingCheckpoint.Newest(_folder)!.Value.Step.ShouldBe(3, "the step was only begun");
        Finish(_tiny.Trainer(_folder), [run]).ShouldBe(whole);
    }

    [Fact]
    public void Train_EndedEarlyOrDiverged_GivesTheSameWhenStartedAgain()
    {
        var early = Runs()[0] with { Options = Runs()[0].Options with { Epochs = 40, Scheduler = LearningRateScheduler.Constant, LearningRate = 0.1, Validation = new ValidationOptions { Patience = 1 } } };
        var nan = zeros(4, 8, 8) / 0.0;
        var bad = Runs()[1] with { Examples = [.. Runs()[1].Examples.Take(1), Runs()[1].Examples[1] with { Latents = new LatentDistribution(nan, nan) }] };

        var first = Should.Throw<TrainingDivergedException>(() => _tiny.Trainer(_folder).Train([early, bad]));
        var seen = new Recorder();
        var second = Should.Throw<TrainingDivergedException>(() => _tiny.Trainer(_folder, seen).Train([early, bad]));

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
    public void Train_CheckpointOfOtherOptionsOrInputs_NamesEveryDifference()
    {
        var runs = Runs();
        Finish(_tiny.Trainer(_folder), runs);
        LoraTrainingRun[] others =
        [
            runs[0] with { Options = runs[0].Options with { LearningRate = 5e-4, Rank = 8, SaveSteps = 3 } },
            runs[1] with { Examples = _tiny.Examples(3, seed: 60), Inputs = new Dictionary<string, string> { ["the base model"] = "another" } },
        ];

        var error = Should.Throw<TrainingCheckpointException>(() => _tiny.Trainer(_folder).Train(others));

        error.Message.ShouldContain("a: LearningRate was 0.001, now it is 0.0005");
        error.Message.ShouldContain("a: Rank was 4, now it is 8");
        error.Message.ShouldNotContain("SaveSteps");
        error.Message.ShouldEndWith("Go on with what it was made with, or move that folder away to begin anew.");
        error.Message.ShouldContain("b: it was trained on other pictures, captions, sizes, repeats or held-out pictures");
        error.Message.ShouldContain("b: the base model was absent, now it is another");
        Should.Throw<TrainingCheckpointException>(() => _tiny.Trainer(_folder).Train([runs[1]])).Message.ShouldContain("it trains a, b, not b");
    }

    [Theory]
    [InlineData(null)]
    [InlineData(5)]
    public void Train_MoreEpochsThanBefore_EndsWithTheSameBitsAsIfFromTheStart(int? cancelledAt)
    {
        LoraTrainingRun[] Runs(int epochs) => [Constant(epochs), this.Runs()[1]];
        var whole = Finish(_tiny.Trainer(), Runs(6));
        using var cancel = new CancellationTokenSource();
        var few = _tiny.Trainer(_folder, new Recorder { OnStep = s => CancelAt(s.Step, cancelledAt ?? -1, cancel) });
        if (cancelledAt is null)
        {
            Finish(few, Runs(4));
        }
        else
        {
            Should.Throw<OperationCanceledException>(() => few.Train(Runs(4), cancel.Token));
        }

        var seen = new Recorder();
        Finish(_tiny.Trainer(_folder, seen), Runs(6)).ShouldBe(whole);

        seen.StartedAt.ShouldBe(cancelledAt ?? Steps);
        seen.Decisions.ShouldBeEmpty();
    }

    [Fact]
    public void Train_MoreEpochsThanBeforeButNotExactly_SaysWhy()
    {
        var runs = Runs();
        Finish(_tiny.Trainer(_folder), runs);
        LoraTrainingRun[] more = [.. runs.Select(r => r with { Options = r.Options with { Epochs = 9 }, OptionNames = new Dictionary<string, string> { ["Epochs"] = "epochs" } })];

        var error = Should.Throw<TrainingCheckpointException>(() => _tiny.Trainer(_folder).Train(more));

        error.Message.ShouldContain("a: epochs was 4, now it is 9 (to go on with more is not what training with them from the start would be: its learning rate goes down over all epochs)");
        error.Message.ShouldContain("b: epochs was 5, now it is 9 (to go on with more is not what training with them from the start would be: the models trained with it have gone on without it)");
        LoraTrainingRun[] fewer = [runs[0] with { Options = runs[0].Options with { Epochs = 3 } }, runs[1]];
        Should.Throw<TrainingCheckpointException>(() => _tiny.Trainer(_folder).Train(fewer)).Message.ShouldContain("a: Epochs was 4, now it is 3.");
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
        var runs = Runs();
        TrainingCheckpoint.CheckBelongsTo(_folder, runs);
        Finish(_tiny.Trainer(_folder), runs);
        LoraTrainingRun[] bare = [.. runs.Select(r => r with { Examples = [], HeldOut = [] })];

        TrainingCheckpoint.CheckBelongsTo(_folder, bare);

        bare[0] = bare[0] with { Options = bare[0].Options with { Validation = new ValidationOptions { Patience = 3 }, TextEncoderLearningRate = null } };
        Should.Throw<TrainingCheckpointException>(() => TrainingCheckpoint.CheckBelongsTo(_folder, bare)).Message.ShouldContain(
            "a: TextEncoderLearningRate was 0.001, now it is none; a: Validation.Patience was none, now it is 3.");
    }

    [Fact]
    public void Train_SlowSteps_AreSavedByTheClock()
    {
        var time = new Microsoft.Extensions.Time.Testing.FakeTimeProvider();
        var seen = new Recorder { OnStep = _ => time.Advance(TimeSpan.FromMinutes(2)) };
        var run = Runs()[0] with { Options = Runs()[0].Options with { SaveSteps = 1000 } };

        Finish(_tiny.Trainer(_folder, seen, time: time), [run]);

        seen.Checkpoints.Select(c => c.Step).ShouldBe([3, 6, 9, 12]);
    }

    private static void KillAt(long step, long kill)
    {
        if (step == kill)
        {
            throw new TimeoutException("killed");
        }
    }

    private static void CancelAt(long step, int stop, CancellationTokenSource cancel)
    {
        if (step == stop)
        {
            cancel.Cancel();
        }
    }

    // Dropout, accumulation, caption changes, text encoder, validation and a schedule: everything that has a state or draws numbers.
    private LoraTrainingRun[] Runs() =>
    [
        new()
        {
            Name = "a",
            Options = LoraTrainerTests.Options with { BatchSize = 2, Epochs = 4, SaveSteps = 2, ShuffleCaption = true, CaptionDropout = 0.2, NoiseOffset = 0.05, Scheduler = LearningRateScheduler.Cosine, WarmupSteps = 2, TextEncoderLearningRate = 1e-3 },
            Examples = _tiny.Examples(5),
            HeldOut = _tiny.Examples(2, seed: 50),
        },
        new()
        {
            Name = "b",
            Options = LoraTrainerTests.Options with { BatchSize = 1, GradientAccumulation = 2, Epochs = 5, SaveSteps = 2, Seed = 77, Targets = LoraTargets.Kohya },
            Examples = [.. _tiny.Examples(2, seed: 60), .. _tiny.Examples(2, seed: 61, height: 8, width: 16)],
        },
    ];

    private LoraTrainingRun Constant(int epochs) =>
        Runs()[0] with { Options = Runs()[0].Options with { Epochs = epochs, Scheduler = LearningRateScheduler.Constant } };

    /// <summary>All weights of all models as bytes, and every loss history.</summary>
    private static string Finish(LoraTrainer trainer, IReadOnlyList<LoraTrainingRun> runs)
    {
        using var hash = System.Security.Cryptography.IncrementalHash.CreateHash(System.Security.Cryptography.HashAlgorithmName.SHA256);
        foreach (var result in trainer.Train(runs))
        {
            foreach (var module in result.Weights.Modules)
            {
                hash.AppendData(module.Down.bytes);
                hash.AppendData(module.Up.bytes);
            }

            hash.AppendData(System.Text.Encoding.UTF8.GetBytes(FormattableString.Invariant(
                $"{result.Outcome} {result.Steps} {result.WeightsStep} {result.LastEpochLoss:r} {string.Join(' ', result.Validations.Select(v => v.Loss))}")));
            result.Dispose();
        }

        return Convert.ToHexString(hash.GetHashAndReset());
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

    /// <summary>A file on a disk with so much room.</summary>
    private sealed class FailingStream(FileStream file, long room, Action<long>? closed = null) : Stream
    {
        private long _written;

        public override bool CanRead => false;

        public override bool CanSeek => false;

        public override bool CanWrite => true;

        public override long Length => _written;

        public override long Position { get => _written; set => throw new NotSupportedException(); }

        public override void Flush() => file.Flush(flushToDisk: true);

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

        public override void Write(ReadOnlySpan<byte> buffer)
        {
            var fits = (int)Math.Min(buffer.Length, room - _written);
            file.Write(buffer[..fits]);
            _written += fits;
            if (fits < buffer.Length)
            {
                throw new IOException("No space left on device");
            }
        }

        protected override void Dispose(bool disposing)
        {
            closed?.Invoke(_written);
            file.Dispose();
            base.Dispose(disposing);
        }
    }
}
