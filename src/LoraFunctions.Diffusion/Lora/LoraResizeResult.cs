namespace LoraFunctions.Diffusion.Lora;

/// <summary>A resized LoRA in fp32 and what was kept of it. Disposing it disposes the weights.</summary>
public sealed record LoraResizeResult(LoraWeights Weights, IReadOnlyList<LoraResizedModule> Modules) : IDisposable
{
    public void Dispose() => Weights.Dispose();
}
