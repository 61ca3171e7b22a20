using LoraFunctions.Diffusion;
using LoraFunctions.Diffusion.Checkpoints;
using LoraFunctions.Showroom.Rendering;
using LoraFunctions.Showroom.Scenes;
using LoraFunctions.Showroom.SmallModels;
using Shouldly;
using Xunit;
using static TorchSharp.torch;

namespace LoraFunctions.Showroom.Tests.SmallModels;

public sealed class SmallModelTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("lora-small-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public void Write_Twice_GivesTheSameBytesAndNotMany()
    {
        Dictionary<string, byte[]> Written(string name, long seed)
        {
            var target = Path.Combine(folder, name);
            SmallModel.WriteStableDiffusion(Path.Combine(target, "sd"), seed);
            SmallModel.WriteClip(Path.Combine(target, "clip"), seed);
            return Directory.GetFiles(target, "*", SearchOption.AllDirectories)
                .ToDictionary(file => Path.GetRelativePath(target, file), File.ReadAllBytes, StringComparer.Ordinal);
        }

        var first = Written("first", 15);
        var second = Written("second", 15);
        var other = Written("other", 16);

        second.Keys.ShouldBe(first.Keys, ignoreOrder: true);
        foreach (var (name, bytes) in first)
        {
            second[name].AsSpan().SequenceEqual(bytes).ShouldBeTrue(name);
            other[name].AsSpan().SequenceEqual(bytes).ShouldBe(!name.EndsWith(".safetensors", StringComparison.Ordinal), name);
        }

        first.Keys.ShouldNotContain(name => name.EndsWith(".partial", StringComparison.Ordinal));
        first.Sum(file => file.Value.LongLength).ShouldBeLessThan(40_000_000);
    }

    [Fact]
    public void StableDiffusion_Loaded_PaintsVisibleNoiseThatFollowsThePrompt()
    {
        using var scope = NewDisposeScope();
        using var grad = no_grad();
        SmallModel.WriteStableDiffusion(folder);
        using var model = StableDiffusionModel.Load(folder);
        model.Vae.Config.PixelsPerLatent.ShouldBe(8);

        var context = model.TextEncoder.Encode(
            tensor(new[] { "a red car", "night, rain" }.SelectMany(text => model.Tokenizer.EncodeRow(text)).ToArray(), [2, 77]));
        var latents = randn([1, 4, 16, 16]);
        var noise = model.Unet.forward(latents.expand(2, -1, -1, -1), tensor(new long[] { 500 }), context);
        noise.isfinite().all().item<bool>().ShouldBeTrue();
        noise.std().item<float>().ShouldBeInRange(0.1f, 3);
        (noise[0] - noise[1]).abs().max().item<float>().ShouldBeGreaterThan(0.01f);

        var picture = model.Vae.Decode(latents.Over(model.Vae.Config.ScalingFactor));
        picture.shape.ShouldBe([1, 3, 128, 128]);
        picture.isfinite().all().item<bool>().ShouldBeTrue();
        picture.Clamped(-1, 1).std().item<float>().ShouldBeGreaterThan(0.2f);
        var moments = model.Vae.Encode(picture.Clamped(-1, 1));
        moments.Mean.isfinite().all().item<bool>().ShouldBeTrue();
        moments.StandardDeviation().max().item<float>().ShouldBeLessThan(10);
    }

    [Fact]
    public void Vae_DrawnPhotos_LatentsDeviateAsThoseOfTheRealModelDo()
    {
        using var scope = NewDisposeScope();
        using var grad = no_grad();
        SmallModel.WriteStableDiffusion(folder);
        using var model = StableDiffusionModel.Load(folder);

        var moments = model.Vae.Encode(cat([.. Enumerable.Range(0, 8).Select(Photo)]));

        moments.Mean.std().Times(model.Vae.Config.ScalingFactor).item<float>().ShouldBeInRange(0.7f, 1.4f);
        moments.StandardDeviation().max().item<float>().ShouldBeLessThan(0.01f);

        // [1, 3, 64, 64] in -1 to 1.
        static Tensor Photo(int seed)
        {
            var pixels = new SceneRenderer().Draw(SceneSampler.Sample(seed), 64, 64).Image.Pixels;
            return tensor(pixels, [1, 64, 64, 3], dtype: ScalarType.Float32).permute(0, 3, 1, 2).Over(127.5).Minus(1);
        }
    }

    [Fact]
    public void Tokenizer_WordsOfTheDemo_AreOneTokenEach()
    {
        SmallModel.WriteStableDiffusion(folder);
        using var model = StableDiffusionModel.Load(folder);
        model.Tokenizer.Encode("Tesla Model Y, sunlight, city street, clear sky, high detail, wide angle").Count.ShouldBe(17);
        model.Tokenizer.Encode("low quality, blurry, distorted wheels, extra doors, logo, watermark").Count.ShouldBe(14);
        model.Tokenizer.Encode("汽车").Count.ShouldBe(6);
    }

    [Fact]
    public void Clip_Loaded_EncodesPicturesAndTexts()
    {
        using var scope = NewDisposeScope();
        using var grad = no_grad();
        SmallModel.WriteClip(folder);
        using var model = ClipModel.Load(folder);
        model.ImageProcessor.Size.ShouldBe(224);
        model.LogitScale.ShouldBe(100, 0.01);
        var pixels = model.ImageProcessor.Preprocess(Enumerable.Range(0, 300 * 200 * 3).Select(i => (byte)(i * 7)).ToArray(), 300, 200);
        var texts = model.EncodeTexts(
            tensor(new[] { "front view", "a black wheel" }.SelectMany(text => model.Tokenizer.EncodeRow(text)).ToArray(), [2, 77]));
        var similarity = model.EncodeImages(pixels).matmul(texts.t());
        similarity.isfinite().all().item<bool>().ShouldBeTrue();
        texts[0].dot(texts[1]).item<float>().ShouldBeLessThan(0.99f);
    }
}
