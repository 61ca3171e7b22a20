using LoraFunctions.Diffusion.Sampling;
using Xunit;
using static TorchSharp.torch;

namespace LoraFunctions.Conformance;

public sealed class NoiseScheduleTests : IDisposable
{
    private readonly IDisposable scope = NewDisposeScope();

    public void Dispose() => scope.Dispose();

    [Fact]
    public void AlphasCumprod_InBothRoundings_AreTheReferences()
    {
        var tolerance = SchedulerVectors.Tolerance("alphas_cumprod_abs");
        var (single, both) = (Alphas(single: true), Alphas(single: false));
        single.ShouldMatch(SchedulerVectors.Get("alphas_cumprod.diffusers_f32"), tolerance, null, "diffusers");
        both.ShouldMatch(SchedulerVectors.Get("alphas_cumprod.ldm_f64_to_f32"), tolerance, null, "ldm");
        both.ShouldMatch(SchedulerVectors.Get("alphas_cumprod.ldm_make_beta_schedule"), tolerance, null, "ldm make_beta_schedule");

        static Tensor Alphas(bool single) => tensor(Schedule(single).AlphasCumprod.ToArray());
    }

    [Fact]
    public void AddNoise_AndVelocity_AreTheReferences()
    {
        var schedule = Schedule(single: true);
        var (latents, noise) = (SchedulerVectors.Get("addnoise.latents"), SchedulerVectors.Get("addnoise.noise"));
        var timesteps = SchedulerVectors.Get("addnoise.timesteps");
        SchedulerVectors.Compare([.. Rows(schedule.AddNoise(latents, noise, timesteps))], "addnoise.noisy");
        SchedulerVectors.Compare([.. Rows(schedule.Velocity(latents, noise, timesteps))], "addnoise.velocity");

        static IEnumerable<Tensor> Rows(Tensor batch) => Enumerable.Range(0, (int)batch.shape[0]).Select(i => batch[i]);
    }

    [Fact]
    public void KDiffusion_SigmasAndTheirTimesteps_AreTheReferences()
    {
        _ = SchedulerVectors.Get("kdiff.sigmas_1000");
        var schedule = Schedule(single: false);
        var relative = SchedulerVectors.Tolerance("sigmas_rel");
        double[] sigmas = [.. schedule.Sigmas.ToArray().Select(s => (double)s)];
        SchedulerVectors.CompareNumbers(sigmas, "kdiff.sigmas_1000", relative: relative);
        SchedulerVectors.CompareNumbers([.. sigmas.Select(s => Math.Log(s))], "kdiff.log_sigmas_1000", absolute: relative);
        (SigmaSpacing Spacing, string Name)[] spacings =
        [
            (SigmaSpacing.Uniform, "default"), (SigmaSpacing.Karras, "karras"), (SigmaSpacing.Exponential, "exponential"),
        ];
        foreach (var (spacing, name) in spacings)
        {
            var expected = SchedulerVectors.Get("kdiff.sigmas_" + name);
            var plan = SamplingPlan.KDiffusion(schedule, (int)expected.numel() - 1, spacing);
            SchedulerVectors.CompareNumbers(plan.Sigmas, "kdiff.sigmas_" + name, relative: relative);
        }

        double[] timesteps = [.. Numbers("kdiff.sigma_to_t.in").Select(s => schedule.TimestepOf(s))];
        SchedulerVectors.CompareNumbers(timesteps, "kdiff.sigma_to_t.out", absolute: SchedulerVectors.Tolerance("timesteps_abs"));
        double[] back = [.. Numbers("kdiff.sigma_to_t.out").Select(t => schedule.SigmaOf(t))];
        SchedulerVectors.CompareNumbers(back, "kdiff.t_to_sigma.out", relative: relative);
    }

    [Fact]
    public void Ddim_TimestepsAndAlphas_AreLatentDiffusionsToo()
    {
        var expected = SchedulerVectors.Get("ldm_ddim.timesteps_ascending");
        var plan = SamplerNames.Find("DDIM").Plan(Schedule(single: false), (int)expected.numel());
        var tolerance = SchedulerVectors.Tolerance("alphas_cumprod_abs");
        SchedulerVectors.CompareNumbers([.. plan.Timesteps.Reverse()], "ldm_ddim.timesteps_ascending", absolute: 0);
        double[] alphas = [.. plan.Sigmas.Reverse().Select(s => 1 / (s * s + 1))];
        SchedulerVectors.CompareNumbers(alphas[1..], "ldm_ddim.alphas", absolute: tolerance);
        SchedulerVectors.CompareNumbers(alphas[..^1], "ldm_ddim.alphas_prev", absolute: tolerance);
    }

    private static NoiseSchedule Schedule(bool single) =>
        SchedulerRun.ScheduleOf(SchedulerVectors.Set.GetProperty("sd"), single);

    private static IEnumerable<double> Numbers(string name) => SchedulerVectors.Get(name).data<float>().Select(number => (double)number);
}
