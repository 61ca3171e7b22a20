using static TorchSharp.torch;

namespace LoraFunctions.Diffusion.Models;

/// <summary>What the text tower computes; its tensors belong to the caller's dispose scope.</summary>
/// <param name="HiddenStates">The embeddings and every layer's output, [B, T, width] each, without the final norm.</param>
/// <param name="LastHiddenState">The last of them after the final norm.</param>
/// <param name="PooledOutput">[B, width]: <paramref name="LastHiddenState"/> at each row's end mark.</param>
public sealed record ClipTextOutput(IReadOnlyList<Tensor> HiddenStates, Tensor LastHiddenState, Tensor PooledOutput);
