using LoraFunctions.Diffusion.Lora;
using LoraFunctions.Diffusion.Models;
using static TorchSharp.torch;

namespace LoraFunctions.Diffusion.WeightTools;

/// <summary>Writes LoRAs into base weights for good: W' = W + strength * (alpha / rank) * up @ down.</summary>
public static class LoraMerge
{
    /// <summary>Computed in fp32, stored in the layer's precision. The model is another one afterwards; load it again to undo.</summary>
    /// <exception cref="LoraException">A LoRA does not fit the model; nothing is changed.</exception>
    public static void Into(
        IEnumerable<KeyValuePair<string, IAdaptableLayer>> unet,
        IEnumerable<KeyValuePair<string, IAdaptableLayer>>? textEncoder,
        IReadOnlyList<LoraUse> loras)
    {
        var layers = LoraNetwork.Layers(unet, textEncoder);
        LoraNetwork.CheckMatched(loras, layers, textEncoder is not null);
        var pairs = loras.SelectMany(use => use.Weights.Modules.Where(m => layers.ContainsKey(m.Layer)).Select(module => (use, module))).ToArray();
        foreach (var (_, module) in pairs)
        {
            LowRank.CheckFit(module, layers[module.Layer]);
        }

        using var noGrad = no_grad();
        foreach (var (use, module) in pairs)
        {
            using var scope = NewDisposeScope();
            var weight = layers[module.Layer].Weight;
            var strength = module.Layer.Part == LoraPart.Unet ? use.UnetStrength : use.TextEncoderStrength;
            var delta = module.Delta().reshape(weight.shape).to(weight.device);
            weight.copy_(weight.to(ScalarType.Float32).Plus(delta, strength));
        }
    }
}
