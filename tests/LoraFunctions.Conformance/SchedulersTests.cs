using System.Text.Json;
using LoraFunctions.Diffusion.Sampling;
using Shouldly;
using Xunit;
using static TorchSharp.torch;

namespace LoraFunctions.Conformance;

public sealed class SchedulersTests : IDisposable
{
    private static readonly JsonElement Set = Golden.Json("d_schedulers");
    private static readonly JsonElement Tolerance = Set.GetProperty("tolerance");

    private static readonly Dictionary<string, Tensor> Vectors = Golden.Tensors("d_schedulers.vectors.safetensors");

    private readonly IDisposable scope = NewDisposeScope();

    public static TheoryData<string> Runs => [.. Set.GetProperty("runs").EnumerateObject().Where(r => !r.Value.TryGetProperty("strength", out _)).Select(r => r.Name)];

    public static TheoryData<string> ImageToImageRuns => [.. Set.GetProperty("runs").EnumerateObject().Where(r => r.Value.TryGetProperty("strength", out _)).Select(r => r.Name)];

    [Theory]
    [MemberData(nameof(Runs))]
    public void Trajectory_OfEachRun_IsTheReferences(string name)
    {
        var json = Set.GetProperty("runs").GetProperty(name);
        var run = SchedulerRun.Read(name, json, Set);
        var plan = run.Sampler.Plan(run.Schedule, run.Steps);
        var noise = new ListedNoise(Vectors["noises"]);
        var (calls, final) = Execute(run, plan, Vectors["x_init_unit"] * plan.InitialNoiseScale, noise);

        // diffusers counts every model call as a step, k-diffusion records only the first call of a step.
        var recorded = run.KDiffusion ? calls.Where(c => c.Number == 0).ToList() : calls;
        Compare([.. recorded.Select(c => c.Latents), .. final is null ? [] : new[] { final }], name + ".x");
        (final is null).ShouldBe(Vectors[name + ".x"].shape[0] != recorded.Count + 1, "the number of recorded latents");
        Compare([.. recorded.Select(c => c.Input)], name + ".model_in");
        Compare([.. recorded.Select(c => c.Clean)], name + ".denoised");
        if (final is null)
        {
            CompareStepsWithoutTheirNoise(run, plan, recorded.Count, name);
        }

        CompareNumbers([.. recorded.Select(c => c.Timestep)], name + ".timesteps", absolute: Tolerance.GetProperty("timesteps_abs").GetDouble());
        if (plan is SigmaPlan sigmaPlan)
        {
            CompareNumbers(PerCall(sigmaPlan.Sigmas, Vectors.GetValueOrDefault(name + ".sigmas")), name + ".sigmas", relative: Tolerance.GetProperty("sigmas_rel").GetDouble());
        }

        if (json.TryGetProperty("init_noise_sigma", out var initial))
        {
            plan.InitialNoiseScale.ShouldBe(initial.GetDouble(), initial.GetDouble() * Tolerance.GetProperty("sigmas_rel").GetDouble());
        }

        // diffusers also draws where the noise is then multiplied by zero.
        var draws = json.GetProperty("noise_draws").GetInt32();
        if (final is not null)
        {
            noise.Drawn.ShouldBeInRange(run.KDiffusion ? draws : Math.Max(0, draws - 1), draws);
        }
        else
        {
            draws.ShouldBeGreaterThan((int)Vectors["noises"].shape[0], "the run drew more than the file lists");
        }
    }

    [Theory(SkipTestWithoutData = true)]
    [MemberData(nameof(ImageToImageRuns))]
    public void ImageToImage_AtTheRunsStrength_VisitsTheReferencesTimesteps(string name)
    {
        var run = Set.GetProperty("runs").GetProperty(name);
        var plan = new DdimSampler().Plan(NoiseSchedule.StableDiffusion, run.GetProperty("steps").GetInt32());
        var expected = run.GetProperty("timesteps").EnumerateArray().Select(t => t.GetDouble());
        plan.ForStrength(run.GetProperty("strength").GetDouble()).Timesteps.ShouldBe(expected);
    }

    [Fact]
    public void AlphasCumprod_InBothRoundings_AreTheReferences()
    {
        var sd = Set.GetProperty("sd");
        var tolerance = Tolerance.GetProperty("alphas_cumprod_abs").GetDouble();
        Tensor Alphas(ScheduleRounding rounding) => tensor(SchedulerRun.ScheduleOf(sd, rounding).AlphasCumprod.ToArray());
        Alphas(ScheduleRounding.Single).ShouldMatch(Listed("alphas_cumprod.diffusers_f32"), tolerance, null, "diffusers");
        Alphas(ScheduleRounding.Double).ShouldMatch(Vectors["alphas_cumprod.ldm_f64_to_f32"], tolerance, null, "ldm");
        Alphas(ScheduleRounding.Double).ShouldMatch(Vectors["alphas_cumprod.ldm_make_beta_schedule"], tolerance, null, "ldm make_beta_schedule");
    }

    [Fact]
    public void AddNoise_AndVelocity_AreTheReferences()
    {
        var schedule = SchedulerRun.ScheduleOf(Set.GetProperty("sd"), ScheduleRounding.Single);
        var (latents, noise, timesteps) = (Listed("addnoise.latents"), Vectors["addnoise.noise"], Vectors["addnoise.timesteps"]);
        Compare([schedule.AddNoise(latents, noise, timesteps)], Vectors["addnoise.noisy"].unsqueeze(0), "noisy");
        Compare([schedule.Velocity(latents, noise, timesteps)], Vectors["addnoise.velocity"].unsqueeze(0), "velocity");
    }

    [Fact]
    public void KDiffusion_SigmasAndTheirTimesteps_AreTheReferences()
    {
        _ = Listed("kdiff.sigmas_1000");
        var schedule = SchedulerRun.ScheduleOf(Set.GetProperty("sd"), ScheduleRounding.Double);
        var relative = Tolerance.GetProperty("sigmas_rel").GetDouble();
        double[] sigmas = [.. schedule.Sigmas.ToArray().Select(s => (double)s)];
        CompareNumbers(sigmas, "kdiff.sigmas_1000", relative: relative);
        CompareNumbers([.. sigmas.Select(s => Math.Log(s))], "kdiff.log_sigmas_1000", absolute: relative);
        foreach (var (spacing, name) in new[] { (SigmaSpacing.Uniform, "default"), (SigmaSpacing.Karras, "karras"), (SigmaSpacing.Exponential, "exponential") })
        {
            var expected = Vectors["kdiff.sigmas_" + name];
            var plan = new KDiffusionGrid(spacing).Plan(schedule, (int)expected.numel() - 1);
            CompareNumbers(plan.Sigmas, "kdiff.sigmas_" + name, relative: relative);
        }

        double[] given = [.. Vectors["kdiff.sigma_to_t.in"].data<float>().Select(s => (double)s)];
        double[] timesteps = [.. Vectors["kdiff.sigma_to_t.out"].data<float>().Select(t => (double)t)];
        CompareNumbers([.. given.Select(s => schedule.TimestepOf(s))], "kdiff.sigma_to_t.out", absolute: Tolerance.GetProperty("timesteps_abs").GetDouble());
        CompareNumbers([.. timesteps.Select(t => schedule.SigmaOf(t))], "kdiff.t_to_sigma.out", relative: relative);
    }

    [Fact]
    public void Ddim_TimestepsAndAlphas_AreLatentDiffusionsToo()
    {
        var schedule = SchedulerRun.ScheduleOf(Set.GetProperty("sd"), ScheduleRounding.Double);
        var expected = Listed("ldm_ddim.timesteps_ascending");
        var plan = (AlphaPlan)new DdimSampler().Plan(schedule, (int)expected.numel());
        var tolerance = Tolerance.GetProperty("alphas_cumprod_abs").GetDouble();
        CompareNumbers([.. plan.Timesteps.Reverse()], "ldm_ddim.timesteps_ascending", absolute: 0);
        CompareNumbers([.. plan.Alphas.Reverse()], "ldm_ddim.alphas", absolute: tolerance);
        CompareNumbers([.. plan.NextAlphas.Reverse()], "ldm_ddim.alphas_prev", absolute: tolerance);
    }

    public void Dispose() => scope.Dispose();

    /// <summary>Every model call, and the final latents unless the listed noise ran out.</summary>
    private static (List<Call> Calls, Tensor? Final) Execute(SchedulerRun run, SamplingPlan plan, Tensor start, ListedNoise noise)
    {
        var calls = new List<Call>();
        var execution = new SamplingRun
        {
            Sampler = run.Sampler,
            Plan = plan,
            Model = SchedulerRun.Model(Set),
            Prediction = run.Prediction,
            Noise = noise,
            Observer = c => calls.Add(new Call(c.Call, c.Timestep, Keep(c.Latents), Keep(c.Input), Keep(c.Clean))),
        };
        try
        {
            return (calls, execution.Execute(start));
        }
        catch (NoiseRanOutException)
        {
            return (calls, null);
        }
    }

    /// <summary>
    /// The file lists fewer noises than DPM++ SDE draws, and what the reference drew afterwards is not known. From there on each step
    /// starts from the reference's own latents: what the model makes of them is compared, and the result where a step draws nothing.
    /// </summary>
    private void CompareStepsWithoutTheirNoise(SchedulerRun run, SamplingPlan plan, int first, string name)
    {
        var expected = Vectors[name + ".x"];
        for (var step = first; step < plan.Steps; step++)
        {
            var (calls, final) = Execute(run, plan.From(step), expected[step], new ListedNoise(Vectors["noises"][..0]));
            Compare([calls[0].Clean], Vectors[name + ".denoised"][step].unsqueeze(0), $"{name}.denoised[{step}]");
            if (final is not null)
            {
                Compare([final], expected[step + 1].unsqueeze(0), $"{name}.x[{step + 1}]");
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

    /// <summary>Another folder's file need not list everything.</summary>
    private Tensor Listed(string name)
    {
        Assert.SkipUnless(Vectors.ContainsKey(name), $"d_schedulers.vectors.safetensors lists no {name}.");
        return Vectors[name];
    }

    private void Compare(IReadOnlyList<Tensor> actual, string name)
    {
        if (Vectors.TryGetValue(name, out var expected))
        {
            actual.ShouldNotBeEmpty(name);
            Compare(actual, expected[..actual.Count], name);
        }
    }

    private static void Compare(IReadOnlyList<Tensor> actual, Tensor expected, string name)
    {
        actual.Count.ShouldBe((int)expected.shape[0], name);
        var (worstL2, worstAbs) = (0.0, 0.0);
        for (var i = 0; i < actual.Count; i++)
        {
            actual[i].shape.ShouldBe(expected[i].shape, name);
            var (abs, rel) = Golden.Difference(actual[i], expected[i]);
            worstL2 = Math.Max(worstL2, rel);
            worstAbs = Math.Max(worstAbs, abs / expected[i].abs().max().item<float>());
        }

        var (l2, max) = (Tolerance.GetProperty("x_rel_l2").GetDouble(), Tolerance.GetProperty("x_max_abs_rel_to_absmax").GetDouble());
        TestContext.Current.TestOutputHelper?.WriteLine($"{name}: rel_l2 {worstL2:g3} (<= {l2:g3}), max_abs/absmax {worstAbs:g3} (<= {max:g3})");
        worstL2.ShouldBeLessThanOrEqualTo(l2, name);
        worstAbs.ShouldBeLessThanOrEqualTo(max, name);
    }

    private void CompareNumbers(IReadOnlyList<double> actual, string name, double? absolute = null, double? relative = null)
    {
        if (!Vectors.TryGetValue(name, out var tensor))
        {
            return;
        }

        double[] expected = [.. tensor.to(float64).data<double>()];
        actual.Count.ShouldBe(expected.Length, name);
        for (var i = 0; i < expected.Length; i++)
        {
            Math.Abs(actual[i] - expected[i]).ShouldBeLessThanOrEqualTo(absolute ?? relative!.Value * Math.Abs(expected[i]), $"{name}[{i}]");
        }
    }

    private sealed record Call(int Number, double Timestep, Tensor Latents, Tensor Input, Tensor Clean);

    /// <summary>Draw i is entry i of the golden noises.</summary>
    private sealed class ListedNoise(Tensor noises) : INoiseSource
    {
        public int Drawn { get; private set; }

        public Tensor Next(Tensor like)
        {
            using var scope = NewDisposeScope();
            return Drawn < noises.shape[0] ? noises[Drawn++].clone().MoveToOuterDisposeScope() : throw new NoiseRanOutException();
        }
    }

    private sealed class NoiseRanOutException : Exception;
}
