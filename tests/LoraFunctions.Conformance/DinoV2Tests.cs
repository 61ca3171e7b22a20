using System.Text.Json;
using LoraFunctions.Diffusion.Checkpoints;
using LoraFunctions.Diffusion.Models;
using LoraFunctions.Imaging.Codecs;
using Shouldly;
using Xunit;
using static TorchSharp.torch;

namespace LoraFunctions.Conformance;

/// <summary>Golden set k.</summary>
public sealed class DinoV2Tests : IDisposable
{
    private const string Name = "k_dinov2";
    private static readonly JsonElement Set = Golden.Json(Name);
    private static readonly JsonElement Tolerance = Set.GetProperty("tolerance");

    private readonly IDisposable scope = NewDisposeScope();
    private readonly IDisposable noGradients = no_grad();

    public void Dispose()
    {
        noGradients.Dispose();
        scope.Dispose();
    }

    [Fact]
    public void Forward_EveryInputSize_IsTheReferences()
    {
        var vectors = Golden.Tensors($"{Name}.vectors.safetensors");
        using var network = Networks.DinoV2();
        var inputs = Set.GetProperty("inputs").EnumerateArray().Select(i => i.GetProperty("name").GetString()!).Where(i => i != "picture").ToList();
        inputs.ShouldNotBeEmpty();
        foreach (var input in inputs)
        {
            var pixels = vectors[input + ".pixel_values"];
            var last = network.forward(pixels);
            var (maxAbs, relL2) = (Limit("last_hidden_state_max_abs"), Limit("last_hidden_state_rel_l2"));
            last.ShouldMatch(vectors[input + ".last_hidden_state"], maxAbs, relL2, $"{input} last_hidden_state");
            last.select(1, 0).ShouldMatch(vectors[input + ".cls"], Limit("cls_max_abs"), null, $"{input} cls");
            var (rows, columns) = (pixels.shape[2] / network.Config.PatchSize, pixels.shape[3] / network.Config.PatchSize);
            network.Positions(rows, columns)
                .ShouldMatch(vectors[input + ".position_embeddings"], Limit("position_embeddings_max_abs"), null, $"{input} positions");
        }
    }

    [Fact]
    public void EncodeImages_TheGoldenPicture_IsTheReferencesFromItsBytesOn()
    {
        using var folder = new TemporaryFolder();
        Golden.Unpack($"{Name}.hf.f32.safetensors", Path.Combine(folder.Path, "model.safetensors"));
        File.WriteAllText(Path.Combine(folder.Path, "config.json"), Set.GetProperty("config").GetRawText());
        using var model = DinoV2.Load(folder.Path);
        var vectors = Golden.Tensors($"{Name}.vectors.safetensors");
        var image = ImageCodec.Decode(File.ReadAllBytes(Golden.PathOf(Set.GetProperty("preprocess").GetProperty("image").GetProperty("file").GetString()!)));
        var pixels = model.ImageProcessor.Preprocess(image.Pixels, image.Width, image.Height);

        // "max_abs<=0.02 and rel_l2<=2e-3 if the resampler copies PIL rounding": ours does.
        pixels.ShouldMatch(vectors["pixel_values_picture"], 0.02, 2e-3, "pixel_values_picture");
        var expected = vectors["picture.cls"];
        model.EncodeImages(vectors["pixel_values_picture"])
            .ShouldMatch(expected / expected.norm(1, keepdim: true, p: 2), Limit("cls_max_abs"), null, "picture cls, of length one");
    }

    [Fact]
    public void Network_WithDefaultSizes_HasEveryNameAndShapeOfDinov2Small()
    {
        var keys = Golden.Json("k_dinov2_small_keys");
        DinoV2Config.Parse(keys.GetProperty("config"), "k").ShouldBe(new DinoV2Config());
        using var network = new DinoV2Model(new DinoV2Config(), ParameterSource.Meta);
        network.named_parameters().ToDictionary(p => p.name, p => string.Join(',', p.parameter.shape), StringComparer.Ordinal).ShouldBe(
            keys.GetProperty("keys").EnumerateObject().Where(k => k.Name != "embeddings.mask_token")
                .ToDictionary(k => k.Name, k => string.Join(',', k.Value.EnumerateArray()), StringComparer.Ordinal),
            ignoreOrder: true);
    }

    private static double Limit(string name) => Tolerance.GetProperty(name).GetDouble();
}
