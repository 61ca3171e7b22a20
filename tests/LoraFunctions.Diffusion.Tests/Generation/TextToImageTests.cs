using LoraFunctions.Diffusion.Generation;
using LoraFunctions.Diffusion.Lora;
using LoraFunctions.Diffusion.Sampling;
using Shouldly;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace LoraFunctions.Diffusion.Tests.Generation;

public sealed class TextToImageTests : IDisposable
{
    private static readonly TextToImageRequest Request = new()
    {
        Prompt = "a red car",
        NegativePrompt = "blurry",
        Width = 72,
        Height = 64,
        Steps = 4,
        Sampler = "Euler a",
        Seed = 5,
    };

    private readonly TinyModel model = new();

    public void Dispose() => model.Dispose();

    [Fact]
    public void Generate_SameRequestTwice_GivesTheSameBytes()
    {
        var first = model.TextToImage.Generate(Request);
        (first.Width, first.Height, first.Rgb.Length).ShouldBe((72, 64, 72 * 64 * 3));
        first.Rgb.Distinct().Count().ShouldBeGreaterThan(10);
        first.Request.ShouldBe(Request);
        first.Sampler.Name.ShouldBe("Euler a");
        model.TextToImage.Generate(Request).Rgb.ShouldBe(first.Rgb);
    }

    [Fact]
    public void GenerateBatch_OfSeeds_GivesEachSeedsOwnPicture()
    {
        var pictures = model.TextToImage.GenerateBatch(Request, [5, 6, 5]);
        pictures.Select(p => p.Request.Seed).ShouldBe([5, 6, 5]);
        pictures[0].Rgb.ShouldBe(model.TextToImage.Generate(Request).Rgb);
        pictures[2].Rgb.ShouldBe(pictures[0].Rgb);
        pictures[1].Rgb.ShouldNotBe(pictures[0].Rgb);
    }

    [Fact]
    public void Generate_WithAnotherSetting_GivesAnotherPicture()
    {
        var rgb = model.TextToImage.Generate(Request).Rgb;
        TextToImageRequest[] others =
        [
            Request with { Prompt = "a blue car" },
            Request with { NegativePrompt = "" },
            Request with { GuidanceScale = 3 },
            Request with { GuidanceScale = 1 },
            Request with { Steps = 5 },
            Request with { Sampler = "DPM++ 2M Karras" },
            Request with { ClipSkip = 2 },
        ];
        foreach (var other in others)
        {
            model.TextToImage.Generate(other).Rgb.ShouldNotBe(rgb, other.ToString());
        }
    }

    [Fact]
    public void Generate_PromptsOfDifferentLengths_RunOneAfterTheOther()
    {
        var longer = Request with { Prompt = new string('x', 80), Steps = 2 };
        model.TextToImage.Generate(longer).Rgb.ShouldNotBe(model.TextToImage.Generate(longer with { Prompt = "x" }).Rgb);
    }

    [Fact]
    public void Generate_WithoutGuidance_IgnoresTheNegativePrompt()
    {
        var plain = Request with { GuidanceScale = 1 };
        model.TextToImage.Generate(plain with { NegativePrompt = "ugly" }).Rgb.ShouldBe(model.TextToImage.Generate(plain).Rgb);
    }

    [Fact]
    public void Generate_FromAPicture_StaysCloserTheSmallerTheStrength()
    {
        var start = model.TextToImage.Generate(Request with { Seed = 99 }).Rgb;
        double Distance(double strength)
        {
            var request = Request with { Sampler = "Euler", Steps = 8, StartFrom = new StartingPicture(start, strength) };
            var rgb = model.TextToImage.Generate(request).Rgb;
            return rgb.Zip(RoundTrip(start)).Average(p => Math.Abs(p.First - p.Second));
        }

        var (none, half, all) = (Distance(0), Distance(0.5), Distance(1));
        none.ShouldBe(0);
        half.ShouldBeGreaterThan(none);
        all.ShouldBeGreaterThan(half);
    }

    [Fact]
    public void Generate_Progress_ReportsEveryStepOfEveryPicture()
    {
        var reports = new List<SamplingProgress>();
        model.TextToImage.GenerateBatch(Request with { Steps = 3 }, [1, 2], progress: new Reporter(reports.Add));
        reports.ShouldBe([new(1, 3, 1, 2), new(2, 3, 1, 2), new(3, 3, 1, 2), new(1, 3, 2, 2), new(2, 3, 2, 2), new(3, 3, 2, 2)]);
    }

    [Fact]
    public void Generate_WithNaNWeights_SaysSoInsteadOfPaintingBlack()
    {
        using (no_grad())
        {
            model.Unet.parameters().First().TimesInPlace(double.NaN);
        }

        Should.Throw<NonFiniteException>(() => model.TextToImage.Generate(Request)).Message.ShouldContain("After step 1 of 4");
    }

    [Fact]
    public void Generate_WithANaNAutoencoder_SaysSoInsteadOfPaintingBlack()
    {
        using (no_grad())
        {
            foreach (var parameter in model.Vae.parameters())
            {
                parameter.TimesInPlace(double.NaN);
            }
        }

        Should.Throw<NonFiniteException>(() => model.TextToImage.Generate(Request)).Message.ShouldContain("autoencoder");
    }

    [Theory]
    [InlineData("<lora:tesla:1>", true)]
    [InlineData("<lora:tesla:0:1>", true)]
    [InlineData("<lora:tesla:1:0>", true)]
    [InlineData("<lora:tesla:0>", false)]
    [InlineData("", false)]
    public void Generate_LoraNamedInThePrompt_IsAppliedAndTakenOffAgain(string tag, bool changes)
    {
        using var lora = Lora("down_blocks.0.attentions.0.transformer_blocks.0.attn2.to_q", "text_model.encoder.layers.0.self_attn.q_proj");
        var plain = model.TextToImage.Generate(Request);
        var adapted = model.TextToImage.Generate(Request with { Prompt = Request.Prompt + tag }, [new LoraSelection("tesla", lora)]);
        adapted.Rgb.SequenceEqual(plain.Rgb).ShouldBe(!changes);
        adapted.Loras.Count.ShouldBe(tag.Length > 0 ? 1 : 0);
        model.Unet.AdaptableLayers().Concat(model.TextEncoder.AdaptableLayers()).ShouldAllBe(layer => layer.Value.Adapter == null);
        model.TextToImage.Generate(Request).Rgb.ShouldBe(plain.Rgb);
    }

    [Fact]
    public void Generate_LoraOfAnotherModel_SaysSoAndLeavesTheModelAlone()
    {
        using var lora = Lora("down_blocks.3.attentions.0.proj_in", "text_model.encoder.layers.0.self_attn.q_proj");
        var request = Request with { Prompt = "a car <lora:other:0.8>" };
        Should.Throw<LoraException>(() => model.TextToImage.Generate(request, [new LoraSelection("other", lora)]));
        model.TextEncoder.AdaptableLayers().ShouldAllBe(layer => layer.Value.Adapter == null);
    }

    [Fact]
    public void Generate_RequestWithManyProblems_NamesThemAllAtOnce()
    {
        var request = new TextToImageRequest
        {
            Prompt = "a <lora:tesla:0.8> <lora:byd:x> <hypernet:h:1>",
            NegativePrompt = "<lora:tesla:0.2>",
            Width = 100,
            Height = 0,
            Steps = 0,
            GuidanceScale = double.NaN,
            Sampler = "Eulr",
            Seed = -1,
            ClipSkip = 3,
            StartFrom = new StartingPicture(new byte[10], 1.5),
        };
        var fault = Should.Throw<GenerationRequestException>(() => model.TextToImage.Generate(request));
        string[] expected =
        [
            "<lora:byd:x>", "<hypernet:h:1>", "<lora:tesla> names a LoRA that was not given", "Negative prompt",
            "Width 100: must be a multiple of 8", "Height 0",
            "Sampler 'Eulr'", "Steps 0", "Guidance scale NaN", "Clip skip 3", "Seed -1", "10 bytes", "Strength 1.5",
        ];
        fault.Problems.Count.ShouldBe(expected.Length);
        expected.ShouldAllBe(part => fault.Problems.Count(p => p.Contains(part)) == 1);
        fault.Problems.ShouldAllBe(p => !p.Contains('\n'));
    }

    [Theory]
    [InlineData("LCM", 51, "from 1 to 50 with LCM")]
    [InlineData("UniPC", 1000, "from 1 to 999 with UniPC")]
    [InlineData("Euler", 1001, "from 1 to 1000 with Euler")]
    public void Generate_MoreStepsThanTheSamplerTakes_NamesItsLimit(string sampler, int steps, string limit) =>
        Should.Throw<GenerationRequestException>(() => model.TextToImage.Generate(Request with { Sampler = sampler, Steps = steps }))
            .Problems.ShouldHaveSingleItem().ShouldContain(limit);

    [Fact]
    public void Generate_StrengthOfLessThanOneStep_SaysWhatToDo()
    {
        var start = new StartingPicture(new byte[72 * 64 * 3], 0.2);
        Should.Throw<GenerationRequestException>(() => model.TextToImage.Generate(Request with { StartFrom = start }))
            .Problems.ShouldHaveSingleItem().ShouldContain("less than one step");
    }

    private static LoraWeights Lora(string unetLayer, string textLayer)
    {
        static LoraModule Module(LoraPart part, string layer, long inputs, long outputs) =>
            new(
                new LoraLayerName(part, layer),
                randn(2, inputs, generator: new Generator(1)),
                randn(outputs, 2, generator: new Generator(2)),
                alpha: 2);
        return new LoraWeights([Module(LoraPart.Unet, unetLayer, 8, 8), Module(LoraPart.TextEncoder, textLayer, 16, 16)]);
    }

    /// <summary>Through the autoencoder once, with the request's first draw.</summary>
    private byte[] RoundTrip(byte[] rgb)
    {
        using var scope = NewDisposeScope();
        using var noGradients = no_grad();
        using var noise = new SeededNoise(Request.Seed);
        var moments = model.Vae.Encode(Pixels.FromRgb(rgb, 72, 64, CPU));
        return TextToImage.Decode(model.Vae, moments.Sample(noise.Next(moments.Mean)).Times(model.Vae.Config.ScalingFactor));
    }

    private sealed class Reporter(Action<SamplingProgress> report) : IProgress<SamplingProgress>
    {
        public void Report(SamplingProgress value) => report(value);
    }
}
