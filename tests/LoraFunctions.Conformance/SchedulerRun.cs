using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using LoraFunctions.Diffusion;
using LoraFunctions.Diffusion.Models;
using LoraFunctions.Diffusion.Sampling;
using Shouldly;
using static TorchSharp.torch;

namespace LoraFunctions.Conformance;

/// <summary>A run of <c>d_schedulers.json</c>: its library's class or function and settings, mapped to a sampler of ours.</summary>
/// <param name="UnitVariance">The reference calls latents what the network sees, not x0 + sigma noise.</param>
internal sealed record SchedulerRun(
    SamplerStepper Step, SamplingPlan Plan, PredictionType Prediction, bool KDiffusion, bool UnitVariance)
{
    private static readonly Regex FakeModel = new(
        @"(?<a>[\d.]+)\s*\*\s*x_in\s*\+\s*(?<b>[\d.]+)\s*\*\s*t\s*/\s*1000", RegexOptions.CultureInvariant, TimeSpan.FromSeconds(1));

    public static SchedulerRun Read(string name, JsonElement run, JsonElement set) =>
        run.TryGetProperty("cls", out _) ? Diffusers(run) : KDiffusionRun(name, run, set);

    /// <summary>The analytic stand-in for a network that the set describes.</summary>
    public static NoisePredictor Model(JsonElement set)
    {
        var text = set.GetProperty("fake_model").GetString()!;
        var match = FakeModel.Match(text);
        match.Success.ShouldBeTrue($"fake_model is not understood: {text}");
        var (a, b) = (Parse(match.Groups["a"].Value), Parse(match.Groups["b"].Value));
        return (x, t) => x.Times(a).Plus(b * (t / 1000));
        static double Parse(string number) => double.Parse(number, CultureInfo.InvariantCulture);
    }

    /// <param name="single">
    /// Betas and 1 - betas in float, as diffusers and the trainers do; otherwise everything in double, rounded once, as CompVis (and so
    /// WebUI) does. They differ by at most 5e-7.
    /// </param>
    public static NoiseSchedule ScheduleOf(JsonElement config, bool single)
    {
        var count = config.GetProperty("num_train_timesteps").GetInt32();
        var squared = config.GetProperty("beta_schedule").GetString() switch
        {
            "scaled_linear" => true,
            "linear" => false,
            var other => throw new NotSupportedException($"beta_schedule {other}"),
        };
        var (first, last) = (Bound("beta_start"), Bound("beta_end"));
        var alphas = new float[count];
        var product = 1.0;
        for (var t = 0; t < count; t++)
        {
            if (single)
            {
                var (from, to) = ((float)first, (float)last);
                var step = (to - from) / (count - 1);
                var root = t < count / 2 ? from + step * t : to - step * (count - 1 - t);
                product *= 1f - (squared ? root * root : root);
            }
            else
            {
                var step = (last - first) / (count - 1);
                var root = t < count / 2 ? first + step * t : last - step * (count - 1 - t);
                product *= 1 - (squared ? root * root : root);
            }

            alphas[t] = (float)product;
        }

        return new NoiseSchedule(alphas);

        double Bound(string name) => squared ? Math.Sqrt(config.GetProperty(name).GetDouble()) : config.GetProperty(name).GetDouble();
    }

    /// <summary>k-diffusion's functions take noise levels as they are; the run's name says which were given.</summary>
    private static SchedulerRun KDiffusionRun(string name, JsonElement run, JsonElement set)
    {
        var spacing = name.Contains("_karras", StringComparison.Ordinal) ? SigmaSpacing.Karras
            : name.Contains("_exponential", StringComparison.Ordinal) ? SigmaSpacing.Exponential
            : SigmaSpacing.Uniform;
        SamplerStepper step = run.GetProperty("fn").GetString() switch
        {
            "sample_euler" => EulerSamplers.Euler,
            "sample_euler_ancestral" => EulerSamplers.EulerAncestral,
            "sample_heun" => EulerSamplers.Heun,
            "sample_dpm_2" => EulerSamplers.Dpm2,
            "sample_dpm_2_ancestral" => EulerSamplers.Dpm2Ancestral,
            "sample_lms" => EulerSamplers.Lms,
            "sample_dpmpp_2m" => DpmSolvers.Multistep,
            "sample_dpmpp_2s_ancestral" => DpmSolvers.SinglestepAncestral,
            "sample_dpmpp_sde" => DpmSolvers.Sde,
            "sample_dpmpp_2m_sde" => DpmSolvers.MultistepSde,
            var other => throw new NotSupportedException($"{name}: {other}"),
        };
        var prediction = name.Contains("vpred", StringComparison.Ordinal) ? PredictionType.VPrediction : PredictionType.Epsilon;
        var plan = SamplingPlan.KDiffusion(ScheduleOf(set.GetProperty("sd"), single: false), run.GetProperty("steps").GetInt32(), spacing);
        if (run.GetProperty("quantize").GetBoolean())
        {
            plan = plan with { Timesteps = [.. plan.Timesteps.Select(t => Math.Ceiling(t - 0.5))] };
        }

        return new SchedulerRun(step, plan, prediction, KDiffusion: true, UnitVariance: false);
    }

    private static SchedulerRun Diffusers(JsonElement run)
    {
        var config = new SchedulerConfig(run.GetProperty("config"));
        var cls = run.GetProperty("cls").GetString()!;
        config.RejectWhatIsNotCovered(cls);
        var schedule = ScheduleOf(run.GetProperty("config"), single: true);
        var steps = run.GetProperty("steps").GetInt32();
        var plans = config.Plans(schedule, steps);
        var lastSigma = config.Flag("set_alpha_to_one") ? 0 : schedule.Sigmas[0];
        var eta = run.GetProperty("step_kwargs").TryGetProperty("eta", out var given) ? given.GetDouble() : 0;
        (SamplerStepper step, var plan, var unitVariance) = cls switch
        {
            "DDIMScheduler" when eta == 0 => ((SamplerStepper)EulerSamplers.Euler, plans.Leading(lastSigma), true),
            "DDIMScheduler" when eta == 1 => (EulerSamplers.EulerAncestral, plans.Leading(lastSigma), true),
            "PNDMScheduler" => (EulerSamplers.Plms, plans.Leading(lastSigma), true),
            "DDPMScheduler" => (EulerSamplers.EulerAncestral, plans.Leading(finalSigma: 0), true),
            "LCMScheduler" => (EulerSamplers.Lcm, SamplerNames.Find("LCM").Plan(schedule, steps), true),
            "EulerDiscreteScheduler" => (EulerSamplers.Euler, plans.Interpolated(), false),
            "EulerAncestralDiscreteScheduler" => (EulerSamplers.EulerAncestral, plans.Interpolated(), false),
            "HeunDiscreteScheduler" => (EulerSamplers.Heun, plans.Interpolated(), false),
            "LMSDiscreteScheduler" => (EulerSamplers.Lms, plans.Interpolated(), false),
            "DPMSolverMultistepScheduler" => (DpmSolvers.Multistep, plans.Solver(), true),
            "UniPCMultistepScheduler" => (DpmSolvers.UniPc, plans.Solver(), true),
            var other => throw new NotSupportedException(other),
        };
        return new SchedulerRun(step, plan, config.Prediction, KDiffusion: false, unitVariance);
    }
}
