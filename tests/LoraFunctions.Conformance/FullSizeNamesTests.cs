using System.Text.Json;
using LoraFunctions.Diffusion.Checkpoints;
using LoraFunctions.Diffusion.Models;
using LoraFunctions.Diffusion.Safetensors;
using Shouldly;
using Xunit;
using static TorchSharp.torch;

namespace LoraFunctions.Conformance;

/// <summary>The real Stable Diffusion 1.5, by names and shapes alone: the networks are built on the meta device.</summary>
public sealed class FullSizeNamesTests
{
    private static readonly JsonElement Keys = Golden.Json("sd15_full_keys");

    [Fact]
    public void Networks_WithDefaultSizes_HaveEveryNameShapeAndCountOfSd15()
    {
        var counts = Keys.GetProperty("counts");
        Compare(new UNet2DConditionModel(new UNetConfig(), ParameterSource.Meta), "unet_diffusers", counts.GetProperty("unet").GetInt64());
        Compare(new AutoencoderKL(new VaeConfig(), ParameterSource.Meta), "vae_diffusers", counts.GetProperty("vae").GetInt64());
        Compare(new ClipTextModel(new ClipTextConfig(), ParameterSource.Meta), "text_encoder_hf", counts.GetProperty("te").GetInt64());

        static void Compare(nn.Module network, string list, long count)
        {
            using (network)
            {
                var expected = Shapes(list);
                var ours = network.named_parameters()
                    .ToDictionary(item => item.name, item => string.Join(",", item.parameter.shape), StringComparer.Ordinal);
                ours.ShouldBe(expected.Where(pair => !LdmNames.IsIgnored(pair.Key))
                    .ToDictionary(pair => pair.Key, pair => string.Join(",", pair.Value)), ignoreOrder: true);
                var ignored = expected.Where(pair => LdmNames.IsIgnored(pair.Key))
                    .Sum(pair => pair.Value.Aggregate(1L, (product, size) => product * size));
                (network.parameters().Sum(parameter => parameter.numel()) + ignored).ShouldBe(count);
            }
        }
    }

    [Fact]
    public void SingleFile_OfSd15sNamesAndShapes_IsSizedAndFitsWithNothingMissingOrLeftOver()
    {
        using var folder = new TemporaryFolder();
        var file = Path.Combine(folder.Path, "v1-5.safetensors");
        var unet = Map("unet_ldm_to_diffusers", "unet_diffusers");
        var vae = Map("vae_ldm_to_diffusers", "vae_diffusers");
        var text = Shapes("text_encoder_hf").Select(pair => (LdmNames.TextPrefix + pair.Key, pair.Value));
        WriteHollow(file, [.. unet, .. vae, .. text]);

        using var parts = StableDiffusionParts.Open(file, new StableDiffusionLoadOptions { RequireTokenizer = false });
        parts.Check(ignoreLeftOver: false);
        using var network = parts.Unet.Build(ParameterSource.Meta);
        JsonSerializer.Serialize(network.Config).ShouldBe(JsonSerializer.Serialize(new UNetConfig()));
        using var autoencoder = parts.Vae.Build(ParameterSource.Meta);
        JsonSerializer.Serialize(autoencoder.Config).ShouldBe(JsonSerializer.Serialize(new VaeConfig()));
        using var encoder = parts.TextEncoder.Build(ParameterSource.Meta);
        encoder.Config.ShouldBe(new ClipTextConfig());
    }

    private static IEnumerable<(string Name, long[] Shape)> Map(string map, string list)
    {
        var shapes = Shapes(list);
        foreach (var pair in Keys.GetProperty(map).EnumerateObject())
        {
            var shape = shapes[pair.Value.GetString()!];
            var isAttention = pair.Name.Contains(".attn_1.", StringComparison.Ordinal) && shape.Length == 2;
            yield return (pair.Name, isAttention ? [.. shape, 1, 1] : shape);
        }
    }

    private static Dictionary<string, long[]> Shapes(string list) =>
        Keys.GetProperty(list).EnumerateObject()
            .ToDictionary(
                pair => pair.Name, pair => pair.Value.EnumerateArray().Select(size => size.GetInt64()).ToArray(), StringComparer.Ordinal);

    /// <summary>A file whose 2 GB of data are a hole in the file system.</summary>
    private static void WriteHollow(string path, List<(string Name, long[] Shape)> tensors)
    {
        var header = SafetensorsWriter.Header(tensors.Select(tensor => (tensor.Name, SafetensorsDtype.F16, tensor.Shape)), null);
        using var stream = File.Create(path);
        stream.Write(header);
        stream.SetLength(header.Length + (2 * tensors.Sum(tensor => tensor.Shape.Aggregate(1L, (product, size) => product * size))));
    }
}
