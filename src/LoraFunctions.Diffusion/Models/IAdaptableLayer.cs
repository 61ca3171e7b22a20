using static TorchSharp.torch;

namespace LoraFunctions.Diffusion.Models;

/// <summary>
/// A linear or convolutional layer of a frozen network that low-rank adapters can be hung on:
/// y = W x + b, then <see cref="Adapter"/> adds its deltas. Null adapter: exactly the base.
/// </summary>
public interface IAdaptableLayer
{
    /// <summary>Linear [out, in]; convolution [out, in, k, k]. Frozen.</summary>
    Tensor Weight { get; }

    /// <summary>Convolution stride; 1 for linear layers.</summary>
    long Stride { get; }

    /// <summary>Convolution padding; 0 for linear layers.</summary>
    long Padding { get; }

    ILayerAdapter? Adapter { get; set; }
}
