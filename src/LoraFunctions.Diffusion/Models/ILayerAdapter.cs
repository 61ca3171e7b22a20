using static TorchSharp.torch;

namespace LoraFunctions.Diffusion.Models;

/// <summary>What a layer calls after its own product.</summary>
public interface ILayerAdapter
{
    /// <summary>
    /// Returns output + deltas of the input; shapes as the layer's own. The output is handed over: it may be written to and returned,
    /// so a layer passes a tensor of its own making that nothing else reads.
    /// </summary>
    Tensor Apply(Tensor input, Tensor output);
}
