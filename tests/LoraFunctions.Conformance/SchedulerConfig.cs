using LoraFunctions.Diffusion.Models;
using System.Text.Json;
using LoraFunctions.Diffusion.Sampling;

namespace LoraFunctions.Conformance;

/// <summary>
/// A diffusers scheduler's configuration; settings we have no counterpart for must have the value that switches them off.
/// </summary>
internal sealed class SchedulerConfig(JsonElement config)
{
    /// <summary>What each setting must be for our sampler to compute the same; those not listed are read or have no effect.</summary>
    private static readonly Dictionary<string, string[]> Covered = new(StringComparer.Ordinal)
    {
        ["trained_betas"] = ["null"],
        ["thresholding"] = ["false"],
        ["clip_sample"] = ["false"],
        ["rescale_betas_zero_snr"] = ["false"],
        ["use_beta_sigmas"] = ["false", "null"],
        ["use_lu_lambdas"] = ["false", "null"],
        ["interpolation_type"] = ["\"linear\""],
        ["timestep_type"] = ["\"discrete\""],
        ["sigma_min"] = ["null"],
        ["sigma_max"] = ["null"],
        ["variance_type"] = ["null", "\"fixed_small\""],
        ["algorithm_type"] = ["\"dpmsolver++\""],
        ["final_sigmas_type"] = ["\"zero\""],
        ["original_inference_steps"] = ["50"],
        ["timestep_scaling"] = ["10.0"],
        ["solver_order"] = ["2"],
        ["euler_at_final"] = ["false"],
        ["lambda_min_clipped"] = ["null"],
        ["predict_x0"] = ["true"],
        ["disable_corrector"] = ["[]"],
        ["solver_p"] = ["null"],
        ["skip_prk_steps"] = ["true"],
    };

    public PredictionType Prediction => Text("prediction_type") switch
    {
        "epsilon" => PredictionType.Epsilon,
        "v_prediction" => PredictionType.VPrediction,
        var other => throw new NotSupportedException($"prediction_type {other}"),
    };

    public TimestepSpacing Spacing => Text("timestep_spacing") switch
    {
        "leading" => TimestepSpacing.Leading,
        "linspace" => TimestepSpacing.Linspace,
        "trailing" => TimestepSpacing.Trailing,
        var other => throw new NotSupportedException($"timestep_spacing {other}"),
    };

    public DiffusersPlans Plans(NoiseSchedule schedule, int steps) => new(schedule, steps, Spacing, Integer("steps_offset"), Levels);

    private SigmaSpacing Levels => Flag("use_karras_sigmas") ? SigmaSpacing.Karras
        : Flag("use_exponential_sigmas") ? SigmaSpacing.Exponential
        : SigmaSpacing.Uniform;

    public int Integer(string name) => config.GetProperty(name).GetInt32();

    public string? Text(string name) => config.GetProperty(name).GetString();

    public bool Flag(string name) => config.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.True;

    public void RejectWhatIsNotCovered(string cls)
    {
        string[] wrong = [.. config.EnumerateObject().Where(p => !IsCovered(cls, p)).Select(p => $"{p.Name} = {p.Value.GetRawText()}")];
        if (wrong.Length > 0)
        {
            throw new NotSupportedException($"{cls}: {string.Join(", ", wrong)}");
        }
    }

    private static bool IsCovered(string cls, JsonProperty setting) => setting.Name switch
    {
        "solver_type" => setting.Value.GetString() == (cls == "UniPCMultistepScheduler" ? "bh2" : "midpoint"),
        _ => !Covered.TryGetValue(setting.Name, out var allowed) || allowed.Contains(setting.Value.GetRawText(), StringComparer.Ordinal),
    };
}
