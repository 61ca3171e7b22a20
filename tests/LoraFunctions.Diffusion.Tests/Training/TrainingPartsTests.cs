using CsCheck;
using LoraFunctions.Diffusion.Training;
using Shouldly;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;
using AdamW = LoraFunctions.Diffusion.Training.AdamW;
using Parameter = TorchSharp.Modules.Parameter;

namespace LoraFunctions.Diffusion.Tests.Training;

public sealed class TrainingPartsTests
{
    [Fact]
    public void AdamW_TwentySteps_IsTorchsOwn()
    {
        using var scope = NewDisposeScope();
        manual_seed(3);
        var start = randn(50);
        var gradients = Enumerable.Range(0, 20).Select(i => randn(50).Times(Math.Pow(10, (i % 5) - 3))).ToArray();
        var theirs = new Parameter(start.clone());
        var reference = optim.AdamW([theirs], lr: 3e-3, beta1: 0.9, beta2: 0.99, eps: 1e-8, weight_decay: 0.05);
        var ours = start.clone();
        using var optimizer = new AdamW(ours, 0.9, 0.99, 1e-8, 0.05);
        for (var i = 0; i < gradients.Length; i++)
        {
            theirs.grad = gradients[i];
#pragma warning disable RS0030 // What ours is compared with.
            reference.step();
#pragma warning restore RS0030
            optimizer.Step(gradients[i], 3e-3, i + 1);
        }

        (ours - theirs).abs().max().item<float>().ShouldBeLessThanOrEqualTo(5e-7f);
        (ours - start).abs().max().item<float>().ShouldBeGreaterThan(0.01f);
    }

    [Theory]
    [InlineData(LearningRateScheduler.Constant, 0, 10, 100, 0)]
    [InlineData(LearningRateScheduler.Constant, 5, 10, 100, 0.5)]
    [InlineData(LearningRateScheduler.Constant, 10, 10, 100, 1)]
    [InlineData(LearningRateScheduler.Constant, 99, 0, 100, 1)]
    [InlineData(LearningRateScheduler.Linear, 55, 10, 100, 0.5)]
    [InlineData(LearningRateScheduler.Linear, 0, 0, 4, 1)]
    [InlineData(LearningRateScheduler.Linear, 3, 0, 4, 0.25)]
    [InlineData(LearningRateScheduler.Cosine, 55, 10, 100, 0.5)]
    [InlineData(LearningRateScheduler.Cosine, 10, 10, 100, 1)]
    [InlineData(LearningRateScheduler.Cosine, 100, 10, 100, 0)]
    public void LearningRateFactor_IsTransformers(LearningRateScheduler scheduler, long step, long warmup, long total, double expected) =>
        TrainingSchedule.LearningRateFactor(scheduler, step, warmup, total).ShouldBe(expected, 1e-12);

    [Fact]
    public void TrainingSchedule_EveryEpoch_ShowsEachPictureItsRepeatsInBatchesOfOneSize() =>
        Gen.Select(Gen.Int[1, 4].Array[1, 20], Gen.Int[1, 5], Gen.Int[0, 1000]).Sample((repeats, batchSize, seed) =>
        {
            var examples = repeats.Select((r, i) => (((long)(i % 3), 8L), r)).ToArray();
            var plan = Schedule(examples, batchSize, seed);
            for (var epoch = 0; epoch < 3; epoch++)
            {
                var batches = Enumerable.Range(0, plan.BatchesPerEpoch).Select(b => plan.BatchAt((epoch * plan.BatchesPerEpoch) + b)).ToArray();
                batches.ShouldAllBe(b => b.Count <= batchSize && b.Select(e => e % 3).Distinct().Count() == 1);
                batches.SelectMany(b => b).CountBy(e => e).OrderBy(e => e.Key).Select(e => e.Value).ShouldBe(repeats);
            }
        });

    [Fact]
    public void TrainingSchedule_AnyPosition_IsTheSameWhateverWasAskedBefore()
    {
        var examples = Enumerable.Repeat(((8L, 8L), 2), 7).ToArray();
        var (one, other) = (Schedule(examples, 3, 5), Schedule(examples, 3, 5));
        var forwards = Enumerable.Range(0, 30).Select(p => one.BatchAt(p).ToArray()).ToArray();

        for (var p = 29; p >= 0; p--)
        {
            other.BatchAt(p).ShouldBe(forwards[p]);
        }

        Enumerable.Range(0, 5).ShouldContain(p => !forwards[p].SequenceEqual(forwards[p + one.BatchesPerEpoch]), "epochs have their own order");
    }

    [Fact]
    public void Caption_Shuffled_KeepsTheFirstTagsAndLosesNone()
    {
        var options = new LoraTrainingOptions { ShuffleCaption = true, KeepTokens = 2 };
        var shown = Enumerable.Range(0, 20).Select(d => CaptionAugmentation.Apply("model y, white, side view, daylight, street", options, d)).ToArray();

        shown.ShouldAllBe(c => c.StartsWith("model y, white, ", StringComparison.Ordinal));
        shown.ShouldAllBe(c => c.Split(", ", StringSplitOptions.None).Order().SequenceEqual(new[] { "daylight", "model y", "side view", "street", "white" }));
        shown.Distinct().Count().ShouldBeGreaterThan(2);
        CaptionAugmentation.Apply("model y, white, side view, daylight, street", options, 7).ShouldBe(shown[7]);
    }

    [Fact]
    public void Caption_DropoutOfAQuarter_EmptiesAboutAQuarter()
    {
        var options = new LoraTrainingOptions { CaptionDropout = 0.25 };
        Enumerable.Range(0, 2000).Count(d => CaptionAugmentation.Apply("car", options, d).Length == 0).ShouldBeInRange(440, 560);
    }

    [Fact]
    public void Loss_OfVelocity_IsAgainstTheVelocity()
    {
        using var scope = NewDisposeScope();
        var objective = new DiffusionObjective { VPrediction = true };
        var (latents, noise, timesteps) = (randn(2, 4, 3, 3), randn(2, 4, 3, 3), tensor(new long[] { 100, 800 }));
        var velocity = objective.Schedule.Velocity(latents, noise, timesteps);

        objective.LossPerRow(velocity, latents, noise, timesteps, 5).abs().max().item<float>().ShouldBe(0);
        var weighted = objective.LossPerRow(velocity.Plus(1), latents, noise, timesteps, 5).data<float>().ToArray();
        weighted[0].ShouldBe((float)objective.MinSnrWeight(100, 5), 1e-5f);
        weighted[1].ShouldBe((float)objective.MinSnrWeight(800, 5), 1e-5f);
    }

    [Theory]
    [InlineData(0, 0.031623)]
    [InlineData(999, 14.6146)]
    public void Loss_Debiased_WeighsByTheRootOfTheNoise(int timestep, double weight)
    {
        using var scope = NewDisposeScope();
        var objective = new DiffusionObjective();
        var (latents, noise, timesteps) = (randn(1, 4, 3, 3), randn(1, 4, 3, 3), tensor(new long[] { timestep }));

        var plain = objective.LossPerRow(noise.Plus(1), latents, noise, timesteps, 5).item<float>();
        var debiased = objective.LossPerRow(noise.Plus(1), latents, noise, timesteps, 5, debiased: true).item<float>();

        (debiased / plain).ShouldBe((float)weight, 0.001f * (float)weight, "1 / sqrt(SNR), SNR being 1000 at most and 0.0047 at the end");
    }

    [Fact]
    public void Clip_LargeGradient_HasTheWantedNorm_SmallIsUntouched()
    {
        using var tiny = new TinyDiffusion();
        using var scope = NewDisposeScope();
        using var lora = new TrainableLora(LoraFunctions.Diffusion.Lora.LoraLayers.Choose(tiny.Unet.AdaptableLayers(), Diffusion.Lora.LoraTargets.Attention, null), new LoraTrainingOptions());
        lora.Groups[0].Gradient.zero_().PlusInPlace(0.5);
        var norm = lora.GradientNorm();

        lora.Clip(norm, norm * 2);
        lora.GradientNorm().ShouldBe(norm);
        lora.Clip(norm, 1);
        lora.GradientNorm().ShouldBe(1, 1e-4);
    }

    [Fact]
    public void FreshLora_StartsAsKohya_DownUniformInFanInUpZero()
    {
        using var tiny = new TinyDiffusion();
        using var scope = NewDisposeScope();
        var options = new LoraTrainingOptions { Rank = 6, Alpha = 3, ConvolutionRank = 2, ConvolutionAlpha = 1 };
        using var lora = new TrainableLora(
            LoraFunctions.Diffusion.Lora.LoraLayers.Choose(tiny.Unet.AdaptableLayers(), Diffusion.Lora.LoraTargets.Kohya | Diffusion.Lora.LoraTargets.Convolutions, null), options);
        using var weights = lora.Snapshot();

        foreach (var module in weights.Modules)
        {
            var isWide = module.Down.dim() == 4 && module.Down.shape[2] > 1;
            (module.Rank, module.Alpha).ShouldBe(isWide ? (2, 1.0) : (6, 3.0), module.Layer.ToString());
            var bound = 1 / Math.Sqrt(module.Down.numel() / module.Rank);
            module.Down.abs().max().item<float>().ShouldBeInRange((float)(bound * 0.8), (float)bound);
            module.Up.abs().max().item<float>().ShouldBe(0);
        }
    }

    private static TrainingSchedule Schedule(IReadOnlyList<((long Height, long Width) Size, int Repeats)> examples, int batchSize, long seed) =>
        new(examples, new LoraTrainingOptions { BatchSize = batchSize, Seed = seed });
}
