namespace LoraFunctions.Diffusion.Lora;

/// <summary>An extracted LoRA in fp32 and how good it is. Disposing it disposes the weights.</summary>
/// <param name="FrobeniusKept">Frobenius norm of the LoRA's updates as a share of the difference of the layers it is for, before anything is clamped.</param>
/// <param name="EqualLayers">Layers that are the same in both models; the LoRA has no module for them.</param>
/// <param name="LargestTextDifference">Largest difference of a weight of the text encoder's layers.</param>
/// <param name="IsTextEncoderLeftOut">Whether that was too little.</param>
/// <param name="NotHeld">Parameters of UNet and text encoder that differ and that this LoRA cannot hold: norms, biases, embeddings, layers that were not asked for.</param>
public sealed record LoraExtractionResult(
    LoraWeights Weights,
    double FrobeniusKept,
    int EqualLayers,
    double LargestTextDifference,
    bool IsTextEncoderLeftOut,
    IReadOnlyList<string> NotHeld) : IDisposable
{
    public void Dispose() => Weights.Dispose();
}
