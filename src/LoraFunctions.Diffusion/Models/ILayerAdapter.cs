using static TorchSharp.torch;

namespace LoraFunctions.Diffusion.Models;

/// <summary>What a layer calls after its own product.</summary>
public interface ILayerAdapter
{
    /// <summary>Returns output + deltas of the input; shapes as the layer's own.</summary>
    Tensor Apply(Tensor input, Tensor output);
}
