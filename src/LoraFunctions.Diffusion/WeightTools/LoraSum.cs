using LoraFunctions.Diffusion.Lora;
using static TorchSharp.torch;

namespace LoraFunctions.Diffusion.WeightTools;

/// <summary>
/// Several LoRAs as one: the ranks are put side by side, so that its update is exactly sum of strength_i * scale_i * up_i @ down_i, at the rank
/// sum of rank_i. sd-scripts' <c>merge_lora.py --concat</c> joins the same way, but keeps the first LoRA's alpha for the larger rank and
/// applies a ratio to up and to down; here strengths mean what they mean in a prompt.
/// </summary>
public static class LoraSum
{
    /// <summary>Everything in fp32, alpha = rank. Modules with the strength 0 are left out.</summary>
    /// <exception cref="LoraException">LoRAs for layers of different sizes, or nothing is left.</exception>
    public static LoraWeights Of(IReadOnlyList<LoraUse> loras)
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        var parts =
            from use in loras
            from module in use.Weights.Modules
            let strength = module.Layer.Part == LoraPart.Unet ? use.UnetStrength : use.TextEncoderStrength
            where strength != 0
            group (Module: module, Strength: strength) by module.Layer;
        var modules = parts.Select(layer => Join([.. layer])).ToArray();
        if (modules.Length == 0)
        {
            throw new LoraException("No module is left: every strength is 0. Give at least one LoRA a strength.");
        }

        return new LoraWeights(modules, Metadata(loras, modules));
    }

    private static LoraModule Join(IReadOnlyList<(LoraModule Module, double Strength)> parts)
    {
        using var scope = NewDisposeScope();
        var first = parts[0].Module;
        var kernel = first.Kernel;
        var factors = new List<ModuleMatrices>();
        foreach (var (module, strength) in parts)
        {
            var matrices = ModuleMatrices.Of(module);
            if (matrices.Up.shape[0] != first.Up.shape[0] || matrices.Down.shape[1] != factors.FirstOrDefault(matrices).Down.shape[1])
            {
                throw new LoraException(
                    $"The LoRAs are for layers of different sizes: {first.Layer.Kohya} is [{Size(first)}] in one and [{Size(module)}] in another. "
                    + "They were trained on different kinds of base models and cannot be one LoRA.");
            }

            // Half the factor on either side keeps both in the range of half precision; the sign is up's.
            var factor = strength * module.Scale;
            var root = Math.Sqrt(Math.Abs(factor));
            factors.Add(new ModuleMatrices(matrices.Up.Times(root * Math.Sign(factor)), matrices.Down.Times(root)));
        }

        var joined = new ModuleMatrices(cat([.. factors.Select(f => f.Up)], 1), cat([.. factors.Select(f => f.Down)], 0));
        var result = joined.ToModule(first.Layer, kernel, joined.Rank);
        result.Down.MoveToOuterDisposeScope();
        result.Up.MoveToOuterDisposeScope();
        return result;

        static string Size(LoraModule module) => string.Join(", ", [module.Up.shape[0], module.Down.shape[1], .. module.Kernel]);
    }

    private static IReadOnlyDictionary<string, string> Metadata(IReadOnlyList<LoraUse> loras, IReadOnlyCollection<LoraModule> modules)
    {
        var kept = new[] { "ss_v2", "ss_base_model_version", "ss_sd_model_name", "ss_new_sd_model_hash" };
        var metadata = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["ss_v2"] = "False",
            ["ss_base_model_version"] = "sd_v1",
            ["modelspec.sai_model_spec"] = "1.0.1",
            ["modelspec.architecture"] = "stable-diffusion-v1/lora",
            ["modelspec.implementation"] = "diffusers",
        };
        foreach (var key in kept)
        {
            // What all of them say holds for the sum too.
            if (loras.Select(l => l.Weights.Metadata.GetValueOrDefault(key)).Distinct(StringComparer.Ordinal).ToArray() is [{ } common])
            {
                metadata[key] = common;
            }
        }

        return LoraRankMetadata.With(metadata, modules);
    }
}
