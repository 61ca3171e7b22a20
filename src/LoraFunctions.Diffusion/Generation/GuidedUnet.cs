using LoraFunctions.Diffusion.Models;
using static TorchSharp.torch;

namespace LoraFunctions.Diffusion.Generation;

/// <summary>
/// The UNet under classifier-free guidance: u + scale * (c - u), both halves in one batch [uncond, cond]. Prompts of different lengths
/// run one after the other, as in WebUI. Does not own its tensors.
/// </summary>
/// <param name="positive">[1, T, width].</param>
/// <param name="negative">[1, T', width]; not looked at with scale 1.</param>
internal sealed class GuidedUnet(UNet2DConditionModel unet, Tensor positive, Tensor negative, double scale)
{
    /// <summary>Noise or velocity for latents [B, 4, H/8, W/8], the same prompt for each; owned by the caller's dispose scope.</summary>
    public Tensor Predict(Tensor latents, double timestep)
    {
        using var scope = NewDisposeScope();
        var time = tensor([(float)timestep], device: latents.device);
        Tensor Run(Tensor input, Tensor context) => unet.forward(input, time, context);
        Tensor Rows(Tensor context) => context.expand(latents.shape[0], -1, -1);
        if (scale == 1)
        {
            return Run(latents, Rows(positive)).MoveToOuterDisposeScope();
        }

        Tensor uncond, cond;
        if (positive.shape[1] == negative.shape[1])
        {
            var both = Run(cat([latents, latents], 0), cat([Rows(negative), Rows(positive)], 0)).chunk(2, 0);
            (uncond, cond) = (both[0], both[1]);
        }
        else
        {
            (uncond, cond) = (Run(latents, Rows(negative)), Run(latents, Rows(positive)));
        }

        return uncond.Plus((cond - uncond).Times(scale)).MoveToOuterDisposeScope();
    }
}
