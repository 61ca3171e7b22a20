using System.Text.Json;
using LoraFunctions.Diffusion;
using LoraFunctions.Diffusion.Sampling;
using Shouldly;
using Xunit;
using static TorchSharp.torch;

namespace LoraFunctions.Conformance;

public sealed class SchedulersTests : IDisposable
{
    private readonly IDisposable scope = NewDisposeScope();

    public static TheoryData<string> Runs => [.. AllRuns.Where(r => !IsImageToImage(r)).Select(r => r.Name)];

    private static IEnumerable<JsonProperty> AllRuns => SchedulerVectors.Set.GetProperty("runs").EnumerateObject();

    public void Dispose() => scope.Dispose();

    [Theory]
    [MemberData(nameof(Runs))]
    public void Trajectory_OfEachRun_IsTheReferences(string name)
    {
        var json = SchedulerVectors.Set.GetProperty("runs").GetProperty(name);
        var run = SchedulerRun.Read(name, json, SchedulerVectors.Set);
        var plan = run.Plan;
        var noise = new ListedNoise(SchedulerVectors.Get("noises"));
        var (calls, final) = Execute(run, plan, SchedulerVectors.Get("x_init_unit").Times(plan.InitialNoiseScale), noise);

        // diffusers counts every model call as a step, k-diffusion records only the first call of a step.
        var recorded = run.KDiffusion ? calls.Where(c => c.Number == 0).ToList() : calls;
        SchedulerVectors.Compare([.. recorded.Select(c => run.UnitVariance ? c.Input : c.Latents), .. final is null ? [] : new[] { final }], name + ".x");
        (final is null).ShouldBe(SchedulerVectors.Get(name + ".x").shape[0] != recorded.Count + 1, "the number of recorded latents");
        SchedulerVectors.Compare([.. recorded.Select(c => c.Input)], name + ".model_in");
        SchedulerVectors.Compare([.. recorded.Select(c => c.Clean)], name + ".denoised");
        double[] timesteps = [.. recorded.Select(c => c.Timestep)];
        SchedulerVectors.CompareNumbers(timesteps, name + ".timesteps", absolute: SchedulerVectors.Tolerance("timesteps_abs"));
        var relative = SchedulerVectors.Tolerance("sigmas_rel");
        SchedulerVectors.CompareNumbers(PerCall(plan.Sigmas, SchedulerVectors.Find(name + ".sigmas")), name + ".sigmas", relative: relative);

        if (json.TryGetProperty("init_noise_sigma", out var initial))
        {
            var scale = run.UnitVariance ? plan.InitialNoiseScale / Denoiser.InputScale(plan.Sigmas[0]) : plan.InitialNoiseScale;
            scale.ShouldBe(initial.GetDouble(), initial.GetDouble() * relative);
        }

        var draws = json.GetProperty("noise_draws").GetInt32();
        if (final is null)
        {
            draws.ShouldBeGreaterThan(noise.Drawn, "the run drew more than the file lists");
            CompareStepsWithoutTheirNoise(run, plan, recorded.Count, name);
        }
        else
        {
            // diffusers also draws where the noise is then multiplied by zero.
            noise.Drawn.ShouldBeInRange(run.KDiffusion ? draws : Math.Max(0, draws - 1), draws);
        }
    }

    [Fact]
    public void ImageToImage_AtEachRunsStrength_VisitsTheReferencesTimesteps()
    {
        var runs = AllRuns.Where(IsImageToImage).ToList();
        Assert.SkipUnless(runs.Count > 0, "d_schedulers.json lists no image-to-image run.");
        foreach (var (name, run) in runs.Select(r => (r.Name, r.Value)))
        {
            var plan = SamplerNames.Find("DDIM").Plan(NoiseSchedule.StableDiffusion, run.GetProperty("steps").GetInt32());
            var expected = run.GetProperty("timesteps").EnumerateArray().Select(t => t.GetDouble());
            plan.ForStrength(run.GetProperty("strength").GetDouble()).Timesteps.ShouldBe(expected, name);
        }
    }

    private static bool IsImageToImage(JsonProperty run) => run.Value.TryGetProperty("strength", out _);

    /// <summary>Every model call, and the final latents unless the listed noise ran out.</summary>
    private static (List<Call> Calls, Tensor? Final) Execute(SchedulerRun run, SamplingPlan plan, Tensor start, ListedNoise noise)
    {
        var calls = new List<Call>();
        var execution = new SamplingRun
        {
            Step = run.Step,
            Plan = plan,
            Model = SchedulerRun.Model(SchedulerVectors.Set),
            Prediction = run.Prediction,
            Noise = noise,
            Observer = c => calls.Add(new Call(c.Call, c.Timestep, Keep(c.Latents), Keep(c.Input), Keep(c.Clean))),
        };
        try
        {
            return (calls, execution.Execute(start));
        }
        catch (ListedNoise.RanOutException)
        {
            return (calls, null);
        }
    }

    /// <summary>
    /// The file lists fewer noises than DPM++ SDE draws, and what the reference drew afterwards is not known. From there on each step
    /// starts from the reference's own latents: what the model makes of them is compared, and the result where a step draws nothing.
    /// </summary>
    private static void CompareStepsWithoutTheirNoise(SchedulerRun run, SamplingPlan plan, int first, string name)
    {
        var expected = SchedulerVectors.Get(name + ".x");
        for (var step = first; step < plan.Steps; step++)
        {
            var none = new ListedNoise(SchedulerVectors.Get("noises")[..0]);
            var (calls, final) = Execute(run, plan.From(step), expected[step], none);
            var denoised = SchedulerVectors.Get(name + ".denoised")[step];
            SchedulerVectors.Compare([calls[0].Clean], denoised.unsqueeze(0), $"{name}.denoised[{step}]");
            if (final is not null)
            {
                SchedulerVectors.Compare([final], expected[step + 1].unsqueeze(0), $"{name}.x[{step + 1}]");
            }
            else
            {
                step.ShouldBeLessThan(plan.Steps - 1, "the last step draws no noise");
            }
        }
    }

    private static Tensor Keep(Tensor tensor) => tensor.clone().DetachFromDisposeScope();

    /// <summary>diffusers lists the levels of Heun once per model call.</summary>
    private static IReadOnlyList<double> PerCall(IReadOnlyList<double> sigmas, Tensor? expected) =>
        expected is null || expected.numel() == sigmas.Count
            ? sigmas
            : [sigmas[0], .. sigmas.Skip(1).SkipLast(1).SelectMany(s => new[] { s, s }), sigmas[^1]];

    private sealed record Call(int Number, double Timestep, Tensor Latents, Tensor Input, Tensor Clean);
}
