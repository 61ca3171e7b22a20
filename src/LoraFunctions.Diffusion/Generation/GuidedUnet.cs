using LoraFunctions.Diffusion.Models;
using LoraFunctions.Diffusion.Prompts;
using static TorchSharp.torch;

namespace LoraFunctions.Diffusion.Generation;

/// <summary>
/// The UNet under classifier-free guidance: u + scale * sum of w_i (c_i - u), one c for each prompt that <c>AND</c> joins, all rows in one
/// batch [uncond, cond...]. Prompts of different lengths run one after the other, as in WebUI. Does not own its tensors.
/// </summary>
/// <param name="negative">Not looked at with scale 1 and a single prompt.</param>
internal sealed class GuidedUnet(UNet2DConditionModel unet, IReadOnlyList<EncodedPrompt> positive, EncodedPrompt negative, double scale)
{
    /// <summary>From 1: which texts of a prompt's schedule are shown.</summary>
    public int Step { get; set; } = 1;

    /// <summary>Noise or velocity for latents [1, 4, H/8, W/8]; owned by the caller's dispose scope.</summary>
    public Tensor Predict(Tensor latents, double timestep)
    {
        using var scope = NewDisposeScope();
        var time = tensor([(float)timestep], device: latents.device);
        if (scale == 1 && positive is [{ Weight: 1 } only])
        {
            return unet.forward(latents, time, only.At(Step)).MoveToOuterDisposeScope();
        }

        Tensor[] contexts = [negative.At(Step), .. positive.Select(p => p.At(Step))];
        Tensor[] rows = contexts.All(c => c.shape[1] == contexts[0].shape[1])
            ? unet.forward(cat([.. contexts.Select(_ => latents)], 0), time, cat(contexts, 0)).chunk(contexts.Length, 0)
            : [.. contexts.Select(context => unet.forward(latents, time, context))];
        var result = rows[0];
        foreach (var (row, prompt) in rows.Skip(1).Zip(positive))
        {
            result = result.Plus((row - rows[0]).Times(scale * prompt.Weight));
        }

        return result.MoveToOuterDisposeScope();
    }
}
