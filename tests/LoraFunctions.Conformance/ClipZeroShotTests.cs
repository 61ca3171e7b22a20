using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using LoraFunctions.Diffusion;
using LoraFunctions.Diffusion.Checkpoints;
using LoraFunctions.Imaging;
using LoraFunctions.Imaging.Codecs;
using Shouldly;
using Xunit;
using static TorchSharp.torch;

namespace LoraFunctions.Conformance;

public sealed partial class ClipZeroShotTests
{
    private const string Set = "i_clip_zeroshot";

    [Fact]
    public void Preprocess_TheGoldenPicture_MatchesPil()
    {
        using var scope = NewDisposeScope();
        var json = Golden.Json(Set);
        var expected = Golden.Tensors($"{Set}.vectors.safetensors")["pixel_values"];

        // "max_abs<=0.02 and rel_l2<=2e-3 if the resampler copies PIL rounding ...": ours does.
        var limits = Limit().Matches(json.GetProperty("tolerance").GetProperty("pixel_values").GetString()!)
            .ToDictionary(match => match.Groups["name"].Value,
                match => double.Parse(match.Groups["limit"].Value, CultureInfo.InvariantCulture), StringComparer.Ordinal);
        Pixels(json, (int)expected.shape[^1]).ShouldMatch(expected, limits["max_abs"], limits["rel_l2"], "pixel_values");
    }

    [Fact]
    public void Resize_TheGoldenPicture_HasPilsVeryBytes()
    {
        using var scope = NewDisposeScope();
        var json = Golden.Json(Set);
        if (!Golden.Tensors($"{Set}.vectors.safetensors").TryGetValue("resized_u8_hwc", out var expected))
        {
            Assert.Skip("This folder's set i has no resized_u8_hwc.");
        }

        var image = Picture(json);
        var actual = PillowBicubic.Resize(image.Pixels, image.Width, image.Height, (int)expected.shape[1], (int)expected.shape[0]);
        actual.ShouldBe(expected.bytes.ToArray());
    }

    [Fact]
    public void EncodeImagesAndTexts_SetI_MatchTransformers()
    {
        using var scope = NewDisposeScope();
        using var grad = no_grad();
        var json = Golden.Json(Set);
        var vectors = Golden.Tensors($"{Set}.vectors.safetensors");
        using var folder = new TemporaryFolder();
        Golden.Unpack($"{Set}.hf.f32.safetensors", Path.Combine(folder.Path, "model.safetensors"));
        File.WriteAllText(Path.Combine(folder.Path, "config.json"), json.GetRawText());
        using var model = ClipModel.Load(folder.Path, requireTokenizer: false);
        model.LogitScale.ShouldBe(Math.Exp(json.GetProperty("logit_scale_raw").GetDouble()), 1e-5);

        var tolerance = json.GetProperty("tolerance");
        var (embeds, logits) = (tolerance.GetProperty("embeds_max_abs").GetDouble(), tolerance.GetProperty("logits_max_abs").GetDouble());
        var first = vectors["pixel_values"];
        var images = model.EncodeImages(cat([first, first.flip(3).Times(0.7)], 0));
        var texts = model.EncodeTexts(vectors["input_ids"]);
        images.ShouldMatch(vectors["image_embeds"], embeds, null, "image_embeds");
        texts.ShouldMatch(vectors["text_embeds"], embeds, null, "text_embeds");
        texts.ShouldMatch(vectors["text_embeds_with_mask"], embeds, null, "text_embeds_with_mask");
        var perImage = images.matmul(texts.t()).Times(model.LogitScale);
        perImage.ShouldMatch(vectors["logits_per_image"], logits, null, "logits_per_image");
        perImage.t().ShouldMatch(vectors["logits_per_text"], logits, null, "logits_per_text");
        perImage.softmax(-1).ShouldMatch(vectors["probs"], embeds, null, "probs");
    }

    private static Tensor Pixels(JsonElement json, int size)
    {
        var image = Picture(json);
        return new ImageProcessor(size).Preprocess(image.Pixels, image.Width, image.Height);
    }

    private static RgbImage Picture(JsonElement json) =>
        ImageCodec.Decode(File.ReadAllBytes(Golden.PathOf(json.GetProperty("image").GetProperty("file").GetString()!)));

    [GeneratedRegex(@"(?<name>max_abs|rel_l2)<=(?<limit>[0-9.e+-]+)", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Limit();
}
