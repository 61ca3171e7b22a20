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
