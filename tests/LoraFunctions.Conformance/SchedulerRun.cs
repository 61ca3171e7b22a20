using LoraFunctions.Diffusion.Models;
using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using LoraFunctions.Diffusion.Sampling;
using Shouldly;
using static TorchSharp.torch;

namespace LoraFunctions.Conformance;

/// <summary>A run of <c>d_schedulers.json</c>: its library's class or function and settings, mapped to a sampler of ours.</summary>
internal sealed record SchedulerRun(ISampler Sampler, NoiseSchedule Schedule, int Steps, PredictionType Prediction, bool KDiffusion)
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
        return (x, t) => a * x + b * (t / 1000);
        static double Parse(string number) => double.Parse(number, CultureInfo.InvariantCulture);
    }

    public static NoiseSchedule ScheduleOf(JsonElement config, ScheduleRounding rounding) => NoiseSchedule.Create(
        config.GetProperty("num_train_timesteps").GetInt32(),
        config.GetProperty("beta_start").GetDouble(),
        config.GetProperty("beta_end").GetDouble(),
        config.GetProperty("beta_schedule").GetString() switch
        {
            "scaled_linear" => BetaCurve.ScaledLinear,
            "linear" => BetaCurve.Linear,
            var other => throw new NotSupportedException($"beta_schedule {other}"),
        },
        rounding);

    /// <summary>k-diffusion's functions take noise levels as they are; the run's name says which were given.</summary>
    private static SchedulerRun KDiffusionRun(string name, JsonElement run, JsonElement set)
    {
        var spacing = name.Contains("_karras", StringComparison.Ordinal) ? SigmaSpacing.Karras
            : name.Contains("_exponential", StringComparison.Ordinal) ? SigmaSpacing.Exponential
            : SigmaSpacing.Uniform;
        var grid = new KDiffusionGrid(spacing, run.GetProperty("quantize").GetBoolean());
        ISampler sampler = run.GetProperty("fn").GetString() switch
        {
            "sample_euler" => new EulerSampler(grid),
            "sample_euler_ancestral" => new EulerAncestralSampler(grid),
            "sample_heun" => new HeunSampler(grid),
            "sample_dpm_2" => new Dpm2Sampler(grid),
            "sample_dpm_2_ancestral" => new Dpm2AncestralSampler(grid),
            "sample_lms" => new LmsSampler(grid),
            "sample_dpmpp_2m" => new DpmPlusPlus2MSampler(grid),
            "sample_dpmpp_2s_ancestral" => new DpmPlusPlus2SAncestralSampler(grid),
            "sample_dpmpp_sde" => new DpmPlusPlusSdeSampler(grid),
            "sample_dpmpp_2m_sde" => new DpmPlusPlus2MSdeSampler(grid),
            var other => throw new NotSupportedException($"{name}: {other}"),
        };
        var prediction = name.Contains("vpred", StringComparison.Ordinal) ? PredictionType.VPrediction : PredictionType.Epsilon;
        var schedule = ScheduleOf(set.GetProperty("sd"), ScheduleRounding.Double);
        return new SchedulerRun(sampler, schedule, run.GetProperty("steps").GetInt32(), prediction, KDiffusion: true);
    }

    private static SchedulerRun Diffusers(JsonElement run)
    {
        var config = new SchedulerConfig(run.GetProperty("config"));
        var steps = run.GetProperty("steps").GetInt32();
        var eta = run.GetProperty("step_kwargs").TryGetProperty("eta", out var given) ? given.GetDouble() : 0;
        ISampler sampler = run.GetProperty("cls").GetString() switch
        {
            "DDIMScheduler" => new DdimSampler
            {
                Eta = eta,
                Spacing = config.Spacing,
                Offset = config.Integer("steps_offset"),
                FinalAlphaIsOne = config.Flag("set_alpha_to_one"),
            },
            "PNDMScheduler" when config.Spacing == TimestepSpacing.Leading => new PndmSampler
            {
                Offset = config.Integer("steps_offset"),
                FinalAlphaIsOne = config.Flag("set_alpha_to_one"),
            },
            "DDPMScheduler" => new DdpmSampler { Spacing = config.Spacing, Offset = config.Integer("steps_offset") },
            "LCMScheduler" => new LcmSampler
            {
                DistilledTimesteps = config.Integer("original_inference_steps"),
                TimestepScale = config.Number("timestep_scaling"),
            },
            "EulerDiscreteScheduler" => new EulerSampler(config.TimestepGrid),
            "EulerAncestralDiscreteScheduler" => new EulerAncestralSampler(config.TimestepGrid),
            "HeunDiscreteScheduler" => new HeunSampler(config.TimestepGrid),
            "LMSDiscreteScheduler" => new LmsSampler(config.TimestepGrid),
            "DPMSolverMultistepScheduler" => new DpmPlusPlus2MSampler(config.SolverGrid)
            {
                LowerOrderFinal = config.Flag("lower_order_final"),
            },
            "UniPCMultistepScheduler" => new UniPcSampler(config.SolverGrid)
            {
                Order = config.Integer("solver_order"),
            },
            var other => throw new NotSupportedException(other),
        };
        config.RejectWhatIsNotCovered(run.GetProperty("cls").GetString()!);
        var schedule = ScheduleOf(run.GetProperty("config"), ScheduleRounding.Single);
        return new SchedulerRun(sampler, schedule, steps, config.Prediction, KDiffusion: false);
    }
}
