using static TorchSharp.torch;

namespace LoraFunctions.Diffusion.Models;

/// <summary>What the vision tower computes; its tensors belong to the caller's dispose scope.</summary>
/// <param name="LastHiddenState">[B, 1 + patches, width], without the final norm.</param>
/// <param name="PooledOutput">[B, width]: the class token after the final norm.</param>
public sealed record ClipVisionOutput(Tensor LastHiddenState, Tensor PooledOutput);
