using static TorchSharp.torch;

namespace LoraFunctions.Diffusion.Models;

/// <summary>Finds a network's adaptable layers.</summary>
internal static class AdaptableLayer
{
    /// <summary>Every linear and convolutional layer by its module path, in the network's order.</summary>
    public static IEnumerable<KeyValuePair<string, IAdaptableLayer>> Of(nn.Module network)
    {
        foreach (var (path, module) in network.named_modules())
        {
            if (module is IAdaptableLayer layer)
            {
                yield return KeyValuePair.Create(path, layer);
            }
        }
    }
}

/// <summary>
/// A linear or convolutional layer of a frozen network that low-rank adapters can be attached to:
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

/// <summary>What a layer calls after its own product.</summary>
public interface ILayerAdapter
{
    /// <summary>
    /// Returns output + deltas of the input; shapes as the layer's own. The output is handed over: it may be written to and returned,
    /// so a layer passes a tensor of its own making that nothing else reads.
    /// </summary>
    Tensor Apply(Tensor input, Tensor output);
}
