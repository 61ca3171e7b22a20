using LoraFunctions.Diffusion.Checkpoints;
using LoraFunctions.Diffusion.Lora;
using LoraFunctions.Diffusion.Models;
using LoraFunctions.Diffusion.Safetensors;
using static TorchSharp.torch;

namespace LoraFunctions.Diffusion.WeightTools;

/// <summary>One parameter of a checkpoint's UNet or text encoder where it lies in its file, nothing of it read.</summary>
/// <param name="Layer">The layer it belongs to.</param>
/// <param name="Adaptable">The layer itself without memory; null for norms and embeddings.</param>
/// <param name="Name">In the network, e.g. <c>conv_in.weight</c>.</param>
/// <param name="NameInFile">In the file, whose layout may be another one.</param>
internal sealed record CheckpointLayer(LoraLayerName Layer, IAdaptableLayer? Adaptable, string Name, string NameInFile, SafetensorsFile File, long[] Shape)
{
    private const string Weight = ".weight";

    public bool IsAdaptableWeight => Adaptable is not null && Name.EndsWith(Weight, StringComparison.Ordinal);

    /// <summary>In fp32 and the network's own shape.</summary>
    public Tensor Read() => File.ReadTensor(NameInFile).to(ScalarType.Float32).reshape(Shape);

    /// <summary>Opens a checkpoint of either layout and checks that its networks are whole. What else it holds is no fault: it is not computed with here.</summary>
    /// <exception cref="CheckpointException">It cannot be read, or tensors are missing or misshaped.</exception>
    public static StableDiffusionParts Open(string path)
    {
        // Nothing is computed, so neither a vocabulary nor the count of heads, which a single file does not say, matters.
        var parts = StableDiffusionParts.Open(path, new StableDiffusionLoadOptions { RequireTokenizer = false, UnetHeads = 1, TextEncoderHeads = 1 });
        try
        {
            parts.Check(ignoreLeftOver: true);
            return parts;
        }
        catch
        {
            parts.Dispose();
            throw;
        }
    }

    /// <summary>Every parameter of both networks. The networks live as long as the caller's scope keeps their meta tensors.</summary>
    public static List<CheckpointLayer> Of(StableDiffusionParts parts) =>
        [.. Of(LoraPart.Unet, parts.Unet, unet => unet.AdaptableLayers()), .. Of(LoraPart.TextEncoder, parts.TextEncoder, text => text.AdaptableLayers())];

    private static IEnumerable<CheckpointLayer> Of<T>(LoraPart part, NetworkPart<T> network, Func<T, IEnumerable<KeyValuePair<string, IAdaptableLayer>>> adaptable)
        where T : nn.Module
    {
        var built = network.Build(ParameterSource.Meta);
        var layers = adaptable(built).ToDictionary(l => l.Key, l => l.Value, StringComparer.Ordinal);
        foreach (var (name, parameter) in built.named_parameters())
        {
            var path = name[..name.LastIndexOf('.')];
            var stored = network.NamesInFile(name).First(candidate => network.Files.Find(candidate) is not null);
            yield return new CheckpointLayer(
                new LoraLayerName(part, path), layers.GetValueOrDefault(path), name, stored, network.Files.Find(stored)!, parameter.shape);
        }
    }
}
