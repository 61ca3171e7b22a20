using LoraFunctions.Diffusion.Models;
using LoraFunctions.Diffusion.Sampling;
using Shouldly;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace LoraFunctions.Diffusion.Tests.Sampling;

public sealed class SamplersTests : IDisposable
{
    private readonly IDisposable scope = NewDisposeScope();

    public static TheoryData<string> Names => [.. SamplerNames.All];

    public void Dispose() => scope.Dispose();

    [Theory]
    [MemberData(nameof(Names))]
    public void EverySampler_WithAnExactModel_FindsTheCleanLatents(string name)
    {
        // A network that knows x0: then every solver must end there, however many steps it takes.
        var clean = randn([2, 4, 6, 5], generator: new Generator(1));
        var (sampler, plan) = Plan(name, steps: 12);
        var final = Run(sampler, plan, Start(plan, clean), ExactNoise(clean));
        var largest = (final - clean).abs().max().item<float>();

        // DDIM, PLMS: the last level of Stable Diffusion's own schedule is the first trained one, sigma 0.03.
        largest.ShouldBeLessThan(0.2f);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void EverySampler_InOneStep_EndsWithFiniteLatents(string name)
    {
        var clean = randn([1, 4, 4, 4], generator: new Generator(1));
        var (sampler, plan) = Plan(name, steps: 1);
        plan.Steps.ShouldBe(1);
        var final = Run(sampler, plan, Start(plan, clean), ExactNoise(clean));
        final.isfinite().all().item<bool>().ShouldBeTrue();
        if (plan.Timesteps[0] > 990)
        {
            (final - clean).abs().max().item<float>().ShouldBeLessThan(0.2f);
        }
        else
        {
            // Leading spacing has nothing but its offset to visit, in diffusers and in WebUI too.
            name.ShouldBeOneOf("DDIM", "PLMS", "DDPM");
            plan.Timesteps[0].ShouldBe(1);
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void EverySampler_WithTheMostStepsItTakes_EndsAtTheCleanLatents(string name)
    {
        var clean = randn([1, 4, 4, 4], generator: new Generator(1));
        var sampler = SamplerNames.Find(name);
        var most = sampler.MaximumSteps;
        most.ShouldBe(name switch { "LCM" => 50, "UniPC" => 999, _ => 1000 });
        Should.Throw<ArgumentOutOfRangeException>(() => sampler.Plan(NoiseSchedule.StableDiffusion, most + 1));
        Should.Throw<ArgumentOutOfRangeException>(() => sampler.Plan(NoiseSchedule.StableDiffusion, 0));
        var plan = sampler.Plan(NoiseSchedule.StableDiffusion, most);
        plan.Steps.ShouldBe(most);
        plan.Timesteps.ShouldAllBe(t => t >= 0 && t <= 999);
        var final = Run(sampler, plan, Start(plan, clean), ExactNoise(clean));
        (final - clean).abs().max().item<float>().ShouldBeLessThan(0.2f);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void ImageToImage_AtStrengthOneAndZero_RunsAllAndNothing(string name)
    {
        var (sampler, plan) = Plan(name, steps: 8);
        var all = plan.ForStrength(1);
        all.Timesteps.ShouldBe(plan.Timesteps);
        var none = plan.ForStrength(0);
        none.Steps.ShouldBe(0);
        var latents = randn([1, 4, 4, 4], generator: new Generator(1));
        NoisePredictor uncalled = (_, _) => throw new InvalidOperationException("no step, no call");
        var kept = Run(sampler, none, none.AddNoise(latents, ones_like(latents)), uncalled);
        kept.Equals(latents).ShouldBeTrue();
        Should.Throw<ArgumentOutOfRangeException>(() => plan.ForStrength(1.01));
        Should.Throw<ArgumentOutOfRangeException>(() => plan.ForStrength(-0.01));
        Should.Throw<ArgumentOutOfRangeException>(() => plan.ForStrength(double.NaN));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void ImageToImage_FromTheMiddle_FindsTheCleanLatents(string name)
    {
        var clean = randn([1, 4, 4, 4], generator: new Generator(1));
        var (sampler, plan) = Plan(name, steps: 20);
        var rest = plan.ForStrength(0.6);
        rest.Steps.ShouldBe(12);
        rest.Timesteps.ShouldBe(plan.Timesteps.Skip(8));
        var start = rest.AddNoise(clean, randn(clean.shape, generator: new Generator(2)));
        (Run(sampler, rest, start, ExactNoise(clean)) - clean).abs().max().item<float>().ShouldBeLessThan(0.2f);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void EverySampler_PredictingVelocity_EqualsItselfPredictingNoise(string name)
    {
        var clean = randn([1, 4, 4, 4], generator: new Generator(1));
        var (sampler, plan) = Plan(name, steps: 9);
        var start = Start(plan, clean);
        var byNoise = Run(sampler, plan, start, ExactNoise(clean));
        var byVelocity = Run(sampler, plan, start, ExactVelocity(clean), PredictionType.VPrediction);
        (byNoise - byVelocity).abs().max().item<float>().ShouldBeLessThan(1e-3f);
    }

    [Fact]
    public void SamplingRun_WithAModelThatGivesNaN_SaysAfterWhichStep()
    {
        var (sampler, plan) = Plan("Euler", steps: 5);
        var calls = 0;
        NoisePredictor failing = (x, _) => x.Times(++calls == 3 ? double.NaN : 0.1);
        var fault = Should.Throw<NonFiniteException>(() => Run(sampler, plan, ones(1, 4, 4, 4), failing));
        fault.Message.ShouldContain("After step 3 of 5");
        fault.Message.ShouldContain("LoRA");
    }

    private static (Sampler Sampler, SamplingPlan Plan) Plan(string name, int steps)
    {
        var sampler = SamplerNames.Find(name);
        return (sampler, sampler.Plan(NoiseSchedule.StableDiffusion, steps));
    }

    private static Tensor Start(SamplingPlan plan, Tensor like) => randn(like.shape, generator: new Generator(7)).Times(plan.InitialNoiseScale);

    private static Tensor Run(
        Sampler sampler, SamplingPlan plan, Tensor start, NoisePredictor model, PredictionType prediction = PredictionType.Epsilon)
    {
        using var noise = new SeededNoise([.. Enumerable.Range(0, (int)start.shape[0]).Select(i => (long)i)]);
        return new SamplingRun { Step = sampler.Step, Plan = plan, Model = model, Noise = noise, Prediction = prediction }.Execute(start);
    }

    /// <summary>
    /// The noise in latents of unit variance around x0. The level is that of the timestep, so rounded timesteps make it inexact.
    /// </summary>
    private static NoisePredictor ExactNoise(Tensor clean) => (x, t) =>
    {
        var a = Alpha(t);
        return (x - clean.Times(Math.Sqrt(a))).Over(Math.Sqrt(1 - a));
    };

    private static NoisePredictor ExactVelocity(Tensor clean) => (x, t) =>
    {
        var a = Alpha(t);
        return (x - clean.Times(Math.Sqrt(a))).Over(Math.Sqrt(1 - a)).Times(Math.Sqrt(a)) - clean.Times(Math.Sqrt(1 - a));
    };

    private static double Alpha(double timestep)
    {
        var sigma = NoiseSchedule.StableDiffusion.SigmaOf(timestep);
        return 1 / (sigma * sigma + 1);
    }
}
