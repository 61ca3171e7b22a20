using System.Text.Json;
using System.Text.Json.Nodes;
using LoraFunctions.Diffusion;
using LoraFunctions.Diffusion.Checkpoints;
using LoraFunctions.Imaging.Codecs;
using Shouldly;
using Xunit;
using static TorchSharp.torch;

namespace LoraFunctions.Conformance;

/// <summary>Golden set l: CLIP in open_clip's own layout.</summary>
public sealed class OpenClipTests : IDisposable
{
    private readonly IDisposable scope = NewDisposeScope();
    private readonly IDisposable noGradients = no_grad();

    public static TheoryData<string> Sets => ["l_openclip_quickgelu", "l_openclip_gelu"];

    public void Dispose()
    {
        noGradients.Dispose();
        scope.Dispose();
    }

    [Theory]
    [MemberData(nameof(Sets))]
    public void EncodeImagesAndTexts_EachActivation_MatchOpenClip(string set)
    {
        var json = Golden.Json(set);
        var vectors = Golden.Tensors($"{set}.vectors.safetensors");
        using var folder = new TemporaryFolder();
        using var model = Load(set, json, folder);
        model.LogitScale.ShouldBe(Math.Exp(json.GetProperty("logit_scale_raw").GetDouble()), 1e-3);
        (model.VisionConfig.NumAttentionHeads, model.TextConfig.NumAttentionHeads)
            .ShouldBe((json.GetProperty("vision_heads").GetInt64(), json.GetProperty("text_heads").GetInt64()));

        var tolerance = json.GetProperty("tolerance");
        var (embeds, logits) = (tolerance.GetProperty("embeds_max_abs").GetDouble(), tolerance.GetProperty("logits_max_abs").GetDouble());
        var first = vectors["pixel_values"];
        var images = model.EncodeImages(cat([first, first.flip(3).Times(0.7)], 0));
        var texts = model.EncodeTexts(vectors["input_ids"]);
        images.ShouldMatch(vectors["image_embeds"], embeds, null, "image_embeds");
        texts.ShouldMatch(vectors["text_embeds"], embeds, null, "text_embeds");
        var perImage = images.matmul(texts.t()).Times(model.LogitScale);
        perImage.ShouldMatch(vectors["logits_per_image"], logits, null, "logits_per_image");
        perImage.softmax(-1).ShouldMatch(vectors["probs"], embeds, null, "probs");
    }

    [Theory]
    [MemberData(nameof(Sets))]
    public void Preprocess_TheGoldenPicture_MatchesPilWithHfsCrop(string set)
    {
        var json = Golden.Json(set);
        var vectors = Golden.Tensors($"{set}.vectors.safetensors");
        using var folder = new TemporaryFolder();
        using var model = Load(set, json, folder);
        var image = ImageCodec.Decode(File.ReadAllBytes(Golden.PathOf(json.GetProperty("image").GetProperty("file").GetString()!)));

        // Where the overhang is odd either crop is right; ours is HF's. "max_abs<=0.02 and rel_l2<=2e-3 if the resampler copies PIL rounding".
        var expected = vectors.GetValueOrDefault("pixel_values_hf_crop", vectors["pixel_values"]);
        model.ImageProcessor.Preprocess(image.Pixels, image.Width, image.Height).ShouldMatch(expected, 0.02, 2e-3, "pixel_values");
    }

    [Fact]
    public void Pieces_EveryNameOfTheTable_IsTheReferences()
    {
        var rows = Golden.Json("l_openclip_mapping").GetProperty("table").EnumerateArray().ToList();
        rows.ShouldNotBeEmpty();
        foreach (var row in rows)
        {
            string Name(JsonElement name) => name.GetString()!.Replace("{i}", "7", StringComparison.Ordinal);
            var hf = row.GetProperty("hf");
            var pieces = OpenClip.Pieces(Name(row.GetProperty("open_clip"))).ToList();
            pieces.Select(p => p.Name).ShouldBe(hf.ValueKind == JsonValueKind.Array ? hf.EnumerateArray().Select(Name) : [Name(hf)]);
            TensorPiece[] expected = row.GetProperty("op").GetString()!.Split(' ')[0] switch
            {
                "copy" => [TensorPiece.Whole],
                "transpose" => [TensorPiece.Transposed],
                _ => [TensorPiece.FirstThird, TensorPiece.SecondThird, TensorPiece.LastThird],
            };
            pieces.Select(p => p.Piece).ShouldBe(expected);
        }
    }

    [Fact]
    public void Pieces_EveryNameOfVitB32_GoToATower()
    {
        var keys = Golden.Json("l_openclip_vit_b_32_keys").GetProperty("keys").EnumerateObject().Select(k => k.Name).ToList();
        keys.Count.ShouldBe(302);
        keys.SelectMany(OpenClip.Pieces).ShouldAllBe(piece =>
            piece.Name.StartsWith("vision_model.") || piece.Name.StartsWith("text_model.") || piece.Name.EndsWith("_projection.weight") || piece.Name == "logit_scale");
    }

    private static ClipModel Load(string set, JsonElement json, TemporaryFolder folder)
    {
        Golden.Unpack($"{set}.f32.safetensors", Path.Combine(folder.Path, "open_clip_model.safetensors"));
        var config = new JsonObject { ["model_cfg"] = JsonNode.Parse(json.GetProperty("model_cfg").GetRawText()) };
        File.WriteAllText(Path.Combine(folder.Path, "open_clip_config.json"), config.ToJsonString());
        return ClipModel.Load(folder.Path, requireTokenizer: false);
    }
}
