using LoraFunctions.Diffusion.Lora;
using LoraFunctions.Diffusion.Training;
using Shouldly;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace LoraFunctions.Diffusion.Tests.Training;

public sealed class LoraTrainerTests : IDisposable
{
    private readonly DisposeScope _scope = NewDisposeScope();
    private readonly TinyDiffusion _tiny = new();

    public void Dispose()
    {
        _tiny.Dispose();
        _scope.Dispose();
    }

    [Fact]
    public void Train_FourLatentsWithFixedNoise_BringsTheLossBelowSeventyPercentOfTheBases()
    {
        // The first step's loss is the base's own: up starts at zero.
        var seen = new Recorder();
        var run = Run("overfit") with
        {
            Options = Options with { FixedNoise = true, Rank = 16, Alpha = 16, LearningRate = 1e-2, Dropout = 0, Epochs = 60, BatchSize = 4, Targets = LoraTargets.Kohya },
        };

        using var result = _tiny.Trainer(observer: seen).Train(run);

        result.Outcome.ShouldBe(TrainingOutcome.Completed);
        result.Steps.ShouldBe(60);
        (seen.Steps[^1].Loss / seen.Steps[0].Loss).ShouldBeLessThanOrEqualTo(0.7);
    }

    [Fact]
    public void Train_WithGradientCheckpointing_GivesTheSameLosses()
    {
        var (plain, recomputed) = (new Recorder(), new Recorder());
        var run = Run("a") with { Options = Options with { Dropout = 0.3, TextEncoderLearningRate = 1e-3, Targets = LoraTargets.Kohya } };

        using var first = _tiny.Trainer(observer: plain).Train(run);
        using var second = _tiny.Trainer(observer: recomputed).Train(run with { Options = run.Options with { GradientCheckpointing = true } });

        plain.Steps.Select(s => s.Loss).Zip(recomputed.Steps.Select(s => s.Loss)).ShouldAllBe(p => Math.Abs(p.First - p.Second) <= 1e-5 * p.First);
        plain.Steps[0].GradientNorm.ShouldBe(recomputed.Steps[0].GradientNorm, 1e-5 * plain.Steps[0].GradientNorm);
        first.Weights.HasTextEncoder.ShouldBeTrue();
        _tiny.Unet.RunBlock.ShouldBeNull();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Train_LiveTensors_StayFlatOverSteps(bool isCheckpointed)
    {
        var counts = new List<long>();
        var seen = new Recorder { OnStep = _ => counts.Add(DisposeScopeManager.Statistics.ThreadTotalLiveCount) };
        var run = Run("a") with { Options = Options with { Dropout = 0.1, Epochs = 12, GradientCheckpointing = isCheckpointed, TextEncoderLearningRate = 1e-3 }, HeldOut = _tiny.Examples(2, seed: 30) };

        var before = DisposeScopeManager.Statistics.ThreadTotalLiveCount;

        _tiny.Trainer(observer: seen).Train(run).Dispose();

        counts.Count.ShouldBe(12);
        counts.Skip(3).Distinct().Count().ShouldBe(1, string.Join(" ", counts));
        DisposeScopeManager.Statistics.ThreadTotalLiveCount.ShouldBe(before);
    }

    [Fact]
    public void Train_AfterwardsTheBase_ComputesTheSameBits()
    {
        using var noGrad = no_grad();
        var (sample, context) = (randn(2, 4, 8, 8), randn(2, 12, 16));
        var before = _tiny.Unet.forward(sample, tensor(new long[] { 10, 900 }), context);

        using (enable_grad())
        {
            _tiny.Trainer().Train(Run("a")).Dispose();
        }

        _tiny.Unet.forward(sample, tensor(new long[] { 10, 900 }), context).bytes.SequenceEqual(before.bytes).ShouldBeTrue();
        _tiny.Unet.AdaptableLayers().ShouldAllBe(l => l.Value.Adapter == null);
    }

    [Fact]
    public void Train_LossNotFiniteBeforeTheFirstCheckpoint_DoesNotPromiseOne()
    {
        var folder = Directory.CreateTempSubdirectory("lora-nan-");

        var error = Should.Throw<TrainingDivergedException>(() => _tiny.Trainer(folder.FullName).Train(Run("bad", [Poisoned])));

        error.Message.ShouldContain("There is no checkpoint before it.");
        error.Message.ShouldNotContain("are kept");
        error.Result.Dispose();
        folder.Delete(recursive: true);
    }

    [Fact]
    public void Train_LossNotFinite_StopsNamingTheStepAndKeepsTheLastGoodCheckpoint()
    {
        var folder = Directory.CreateTempSubdirectory("lora-nan-");
        var bad = Run("bad", [.. _tiny.Examples(3), Poisoned]) with { Options = Options with { BatchSize = 1, SaveSteps = 1, Epochs = 2, Seed = 3 } };

        var error = Should.Throw<TrainingDivergedException>(() => _tiny.Trainer(folder.FullName).Train(bad));

        error.Message.ShouldContain("bad stopped: step");
        error.Message.ShouldContain("(of poisoned.png)");
        error.Message.ShouldContain("last good checkpoint");
        error.Message.ShouldContain("Lower the learning rate");
        using var result = error.Result;
        result.Outcome.ShouldBe(TrainingOutcome.Diverged);
        result.Weights.Modules.ShouldAllBe(m => m.Up.isfinite().all().item<bool>());

        folder.Delete(recursive: true);
    }

    [Fact]
    public void Train_ValidationLossNotFinite_StopsNamingThePictureAndKeepsTheWeights()
    {
        var folder = Directory.CreateTempSubdirectory("lora-nan-");
        var run = Run("a") with { HeldOut = [.. _tiny.Examples(2, seed: 40), Poisoned], Options = Options with { SaveSteps = 1 } };

        var error = Should.Throw<TrainingDivergedException>(() => _tiny.Trainer(folder.FullName).Train(run));

        error.Message.ShouldContain("a stopped: the validation after step 1 had the loss NaN (of poisoned.png)");
        using var result = error.Result;
        (result.Outcome, result.Steps).ShouldBe((TrainingOutcome.Diverged, 1));
        result.Validations.ShouldBeEmpty();
        result.Weights.Modules.ShouldAllBe(m => m.Up.isfinite().all().item<bool>());
        folder.Delete(recursive: true);
    }

    [Fact]
    public void Train_WordOfAPerson_IsTakenUpAtTheNextStepAndLogged()
    {
        var time = new Microsoft.Extensions.Time.Testing.FakeTimeProvider(new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero));
        var control = new Control();
        var seen = new Recorder
        {
            OnStep = s => control.Wanted = s.Step switch { 2 => new TrainingControl(LearningRate: 5e-4, By: "li"), 3 => new TrainingControl(By: "li", IsGoOn: true), 5 => new TrainingControl(Stop: true, LearningRate: 5e-4, By: "wang"), _ => control.Wanted },
        };

        using var result = _tiny.Trainer(observer: seen, control: () => control.Wanted, time: time).Train(Run("a"));

        result.Outcome.ShouldBe(TrainingOutcome.StoppedByPerson);
        result.Steps.ShouldBe(5);
        seen.Steps.Select(s => s.LearningRate).ShouldBe([1e-3, 1e-3, 5e-4, 5e-4, 5e-4], 1e-12);
        result.Decisions.Select(d => (d.Step, d.By, d.What)).ShouldBe([(2, "li", "learning rate 0.001 -> 0.0005"), (3, "li", "continue"), (5, "wang", "stop")]);
        result.Decisions.ShouldAllBe(d => d.At == time.GetUtcNow());
    }

    [Fact]
    public void Train_LearningRateOfAPerson_StillGoesByTheScheduler()
    {
        var control = new Control();
        var seen = new Recorder { OnStep = s => control.Wanted = s.Step == 2 ? new TrainingControl(LearningRate: 5e-4, By: "li") : control.Wanted };
        var run = Run("a") with { Options = Options with { Scheduler = LearningRateScheduler.Linear, WarmupSteps = 2 } };

        _tiny.Trainer(observer: seen, control: () => control.Wanted).Train(run).Dispose();

        seen.Steps.Select(s => s.LearningRate).ShouldBe([0, 0.5e-3, 5e-4, 0.75 * 5e-4, 0.5 * 5e-4, 0.25 * 5e-4], 1e-12);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1e-4)]
    [InlineData(double.NaN)]
    [InlineData(double.PositiveInfinity)]
    public void TrainingControl_ImpossibleLearningRate_IsRefused(double wanted) =>
        Should.Throw<ArgumentOutOfRangeException>(() => new TrainingControl(LearningRate: wanted)).Message.ShouldContain("finite number above 0");

    [Fact]
    public void Train_BaseInHalfPrecision_KeepsAdaptersInFullAndStaysNearTheFp32Gradient()
    {
        using var half = new TinyDiffusion(precision: ScalarType.BFloat16);
        var (full, rounded) = (new Recorder(), new Recorder());
        var run = Run("a") with { Options = Options with { Dropout = 0, Epochs = 3, Targets = LoraTargets.Kohya | LoraTargets.Convolutions } };

        using var exact = _tiny.Trainer(observer: full).Train(run);
        using var result = half.Trainer(observer: rounded).Train(run);

        result.Weights.Modules.ShouldAllBe(m => m.Down.dtype == ScalarType.Float32);
        rounded.Steps[0].Loss.ShouldBe(full.Steps[0].Loss, 0.02 * full.Steps[0].Loss);
        rounded.Steps[0].GradientNorm.ShouldBe(full.Steps[0].GradientNorm, 0.05 * full.Steps[0].GradientNorm);
        Difference(result.Weights, exact.Weights).ShouldBeInRange(1e-9, 6e-3);
    }

    [Fact]
    public void Train_BaseInFloat16_LosesNoSmallGradient()
    {
        // Full-size gradients of the prediction are about 1e-5; a tiny gamma makes these as small.
        using var half = new TinyDiffusion(precision: ScalarType.Float16);
        var (full, rounded) = (new Recorder(), new Recorder());
        var run = Run("a") with { Options = Options with { Dropout = 0, Epochs = 2, MinSnrGamma = 1e-4, Targets = LoraTargets.Kohya | LoraTargets.Convolutions } };

        _tiny.Trainer(observer: full).Train(run).Dispose();
        half.Trainer(observer: rounded).Train(run).Dispose();

        full.Steps[0].GradientNorm.ShouldBeLessThan(1e-3);
        foreach (var (a, b) in full.Steps.Zip(rounded.Steps))
        {
            b.Loss.ShouldBe(a.Loss, 0.01 * a.Loss);
            b.GradientNorm.ShouldBe(a.GradientNorm, 0.01 * a.GradientNorm);
        }
    }

    [Fact]
    public void Train_Overfitting_StopsEarlyWithTheWeightsOfTheSmallestValidationLoss()
    {
        var seen = new Recorder();
        var run = Run("a") with
        {
            HeldOut = _tiny.Examples(3, seed: 40),
            Options = Options with { FixedNoise = true, Dropout = 0, Epochs = 400, LearningRate = 2e-2, Rank = 16, Alpha = 16, Targets = LoraTargets.Kohya },
        };

        using var result = _tiny.Trainer(observer: seen).Train(run);

        result.Outcome.ShouldBe(TrainingOutcome.StoppedEarly);
        result.Steps.ShouldBeLessThan(400);
        var best = result.Validations.MinBy(v => v.Loss)!;
        result.WeightsStep.ShouldBe(best.Step);
        result.Decisions[^1].What.ShouldStartWith("early stop: the last 40 validations have the mean loss ");
        seen.Best.ShouldBe(best.Step);
    }

    [Fact]
    public void Train_EpochDone_TheBaseIsBareAndTheSnapshotIsTheLoraOfThatMoment()
    {
        var bare = new List<bool>();
        var snapshots = new List<double>();
        var seen = new Recorder
        {
            OnEpoch = m =>
            {
                bare.Add(_tiny.Unet.AdaptableLayers().All(l => l.Value.Adapter is null) && _tiny.Unet.RunBlock is null);
                using var snapshot = m.Snapshot();
                snapshots.Add(snapshot.Modules.Sum(x => x.Up.abs().sum().item<float>()));
            },
        };

        using var result = _tiny.Trainer(observer: seen).Train(Run("a") with { Options = Options with { GradientCheckpointing = true } });

        bare.ShouldBe(Enumerable.Repeat(true, Options.Epochs));
        snapshots.ShouldBeInOrder(SortDirection.Ascending);
        snapshots[^1].ShouldBe(result.Weights.Modules.Sum(x => x.Up.abs().sum().item<float>()));
    }

    [Fact]
    public void Train_AStepOfSeveralEpochs_MissesNoValidationAndNoSample()
    {
        var samples = new List<int>();
        var seen = new Recorder { OnEpoch = m => samples.AddRange(m.IsDue(5) ? [m.Epoch] : []) };
        var run = Run("a", _tiny.Examples(1)) with
        {
            HeldOut = _tiny.Examples(1, seed: 40),
            Options = Options with { BatchSize = 1, GradientAccumulation = 3, Epochs = 13, Validation = new ValidationOptions { EveryEpochs = 2, StopEarly = false } },
        };

        using var result = _tiny.Trainer(observer: seen).Train(run);

        result.Steps.ShouldBe(5);
        result.Validations.Select(v => v.Epoch).ShouldBe([3, 6, 9, 12, 13]);
        samples.ShouldBe([6, 12]);
    }

    [Theory]
    [InlineData(1, 4)]
    [InlineData(2, 2)]
    public void Train_AccumulatedGradient_IsThatOfTheWholeBatch(int batchSize, int accumulation)
    {
        var (whole, parts) = (new Recorder(), new Recorder());
        var run = Run("a") with { Options = Options with { FixedNoise = true, Dropout = 0, Targets = LoraTargets.Kohya } };

        using var first = _tiny.Trainer(observer: whole).Train(run);
        using var second = _tiny.Trainer(observer: parts).Train(run with { Options = run.Options with { BatchSize = batchSize, GradientAccumulation = accumulation } });

        parts.Steps.Count.ShouldBe(whole.Steps.Count);
        foreach (var (a, b) in whole.Steps.Zip(parts.Steps))
        {
            b.Loss.ShouldBe(a.Loss, 1e-5 * a.Loss);
            b.GradientNorm.ShouldBe(a.GradientNorm, 1e-4 * a.GradientNorm);
        }

        Difference(first.Weights, second.Weights).ShouldBeLessThan(1e-3);
    }

    [Fact]
    public void Train_RememberedCaptions_NeedNoEncoder_OthersSaySo()
    {
        using var conditions = new TextConditions(_tiny.Text, _ => [.. Enumerable.Repeat(5L, 12)]);
        conditions.Remember(_tiny.Examples(4).Select(e => e.Caption));
        conditions.ReleaseEncoder();
        var trainer = new LoraTrainer(_tiny.Unet, conditions, new DiffusionObjective());

        trainer.Train(Run("a")).Dispose();

        Should.Throw<InvalidOperationException>(() => trainer.Train(Run("a") with { Options = Options with { CaptionDropout = 0.9 } }))
            .Message.ShouldContain("the text encoder was released");
    }

    [Fact]
    public void Train_ImpossibleRun_NamesEveryReason()
    {
        var error = Should.Throw<ArgumentException>(() => _tiny.Trainer().Train(
            Run("a", examples: []) with { Options = Options with { Rank = 0, Dropout = 1, Epochs = 0 } }));

        error.Message.ShouldContain("a: Rank is 0; it must be 1 to 1024.");
        error.Message.ShouldContain("a: Dropout is 1; it must be 0 to less than 1.");
        error.Message.ShouldContain("a: Epochs is 0");
        error.Message.ShouldContain("a: there is no picture to train on.");
    }

    [Fact]
    public void Problems_NumbersThatAreNone_AreNamed()
    {
        const double Endless = double.PositiveInfinity;
        var options = new LoraTrainingOptions
        {
            Alpha = Endless, ConvolutionAlpha = Endless, LearningRate = Endless, TextEncoderLearningRate = Endless, WeightDecay = Endless, Epsilon = Endless,
            MaxGradientNorm = Endless, MinSnrGamma = Endless, Dropout = double.NaN, NoiseOffset = double.NaN, Validation = new ValidationOptions { Margin = double.NaN },
        };

        options.Problems().Count.ShouldBe(11);
        options.Problems().ShouldContain("ConvolutionAlpha is Infinity; it must be finite, more than 0.");
        options.Problems().ShouldContain("Validation.Margin is NaN; it must be finite, 0 or more.");
    }

    internal static LoraTrainingOptions Options { get; } = new()
    {
        Rank = 4, Alpha = 4, LearningRate = 1e-3, BatchSize = 4, Epochs = 6, Dropout = 0.1, Seed = 11,
    };

    internal static double Difference(LoraWeights a, LoraWeights b) =>
        a.Modules.Zip(b.Modules).Max(p => Math.Max((p.First.Up - p.Second.Up).abs().max().item<float>(), (p.First.Down - p.Second.Down).abs().max().item<float>()));

    private TrainingExample Poisoned => _tiny.Examples(1)[0] with { Name = "poisoned.png", Latents = new LatentDistribution(TensorMath.Filled([4, 8, 8], double.NaN), zeros(4, 8, 8)) };

    private LoraTrainingRun Run(string name, IReadOnlyList<TrainingExample>? examples = null) =>
        new() { Name = name, Options = Options, Examples = examples ?? _tiny.Examples(4) };

    private sealed class Control
    {
        public TrainingControl Wanted { get; set; } = TrainingControl.Continue;
    }
}
