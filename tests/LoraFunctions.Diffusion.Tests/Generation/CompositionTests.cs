using LoraFunctions.Diffusion.Generation;
using LoraFunctions.Diffusion.Lora;
using LoraFunctions.Diffusion.Models;
using LoraFunctions.Diffusion.Prompts;
using LoraFunctions.Diffusion.Sampling;
using Shouldly;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace LoraFunctions.Diffusion.Tests.Generation;

public sealed class CompositionTests : IDisposable
{
    private const string UnetLayer = "down_blocks.0.attentions.0.transformer_blocks.0.attn2.to_q";
    private const string TextLayer = "text_model.encoder.layers.0.self_attn.q_proj";

    private static readonly TextToImageRequest Request = new()
    {
        Prompt = "two cars",
        NegativePrompt = "blurry",
        Width = 128,
        Height = 64,
        Steps = 3,
        Sampler = "Euler",
        Seed = 5,
        Composition = new Composition(["a red car <lora:a:1>", "a blue car <lora:b:1>"]),
    };

    private readonly TinyModel model = new();
    private readonly LoraWeights a = Lora(seed: 1);
    private readonly LoraWeights b = Lora(seed: 7);

    private LoraSelection[] Loras => [new("a", a), new("b", b)];

    public void Dispose()
    {
        model.Dispose();
        a.Dispose();
        b.Dispose();
    }

    [Fact]
    public void Generate_OneRegion_TakesTheSingleLoraPathBitForBit()
    {
        var single = model.TextToImage.Generate(Request with { Composition = null, Prompt = "a red car <lora:a:1>" }, Loras).Rgb;
        foreach (var method in Enum.GetValues<CompositionMethod>())
        {
            var composed = Request with { Composition = new Composition(["a red car <lora:a:1>"]) { Method = method } };
            model.TextToImage.Generate(composed, Loras).Rgb.ShouldBe(single, method.ToString());
        }
    }

    [Fact]
    public void Generate_EveryMethodAndLayout_PaintsItsOwnPictureAndLeavesTheModelAlone()
    {
        var seen = new List<byte[]>();
        foreach (var method in Enum.GetValues<CompositionMethod>())
        {
            foreach (var layout in Enum.GetValues<CompositionLayout>())
            {
                var composition = Request.Composition! with { Method = method, Layout = layout };
                var request = Request with { Composition = composition, Width = 128, Height = 128 };
                var rgb = model.TextToImage.Generate(request, Loras).Rgb;
                model.TextToImage.Generate(request, Loras).Rgb.ShouldBe(rgb, $"{method} {layout}");
                if (method != CompositionMethod.Merge || layout == CompositionLayout.SideBySide)
                {
                    seen.ShouldAllBe(other => !other.SequenceEqual(rgb), $"{method} {layout}");
                }

                seen.Add(rgb);
            }
        }

        model.Unet.AdaptableLayers().Concat(model.TextEncoder.AdaptableLayers()).ShouldAllBe(layer => layer.Value.Adapter == null);
    }

    [Fact]
    public void Rows_OfHalvesAndMasks_NeverCarryBothLoras()
    {
        using var scope = NewDisposeScope();
        var (rows, maps) = Rows(network: null, "a red car <lora:a:1>", "a blue car <lora:b:1>");
        var shares = new SceneShares(Lead: 0.5);
        foreach (var method in new[] { rows.Halves(maps, shares), rows.Masks(maps, shares) })
        {
            for (var step = 1; step <= 10; step++)
            {
                var all = method(step);
                all.Count.ShouldBe(3);
                all.ShouldAllBe(r => r.Positive.Adapters!.Count <= 1 && r.Negative.Adapters!.Count <= 1);
                all[2].Positive.Adapters.ShouldBeEmpty();
                var sum = zeros_like(maps.Seam);
                all.ToList().ForEach(r => sum.PlusInPlace(r.Share!));
                sum.allclose(ones_like(sum)).ShouldBeTrue($"shares of step {step}");
            }
        }
    }

    [Fact]
    public void Predict_RegionMaskedToZero_HasNoEffect()
    {
        using var scope = NewDisposeScope();
        using var grad = no_grad();
        using var network = LoraNetwork.Attach(model.Unet.AdaptableLayers(), null, [new LoraUse(a), new LoraUse(b)]);
        var (rows, maps) = Rows(network, "a red car <lora:a:1>", "a blue car <lora:b:1>");
        var (left, right) = (rows.Solo(0)(1)[0], rows.Solo(1)(1)[0]);
        var (none, all) = (zeros_like(maps.Seam), ones_like(maps.Seam));
        var alone = Predict(network, right with { Share = all });
        var beside = Predict(network, left with { Share = none }, right with { Share = all });
        (beside - alone).abs().max().item<float>().ShouldBeLessThan(1e-4f);

        // Not even by rounding does it matter which LoRA it is.
        var bare = left with { Share = none, Positive = left.Positive with { Adapters = [] }, Negative = left.Negative with { Adapters = [] } };
        Predict(network, bare, right with { Share = all }).Equals(beside).ShouldBeTrue();
        (Predict(network, left with { Share = all }) - alone).abs().max().item<float>().ShouldBeGreaterThan(1e-4f);

        // A = B is one of them, however the picture is shared.
        var halves = Predict(network, right with { Share = maps.Regions[0] }, right with { Share = maps.Regions[1] });
        (halves - alone).abs().max().item<float>().ShouldBeLessThan(1e-5f);
    }

    [Fact]
    public void Predict_Halves_EachSideDependsOnItsOwnPromptAlone_AndSwapsWithIt()
    {
        using var scope = NewDisposeScope();
        using var grad = no_grad();
        using var network = LoraNetwork.Attach(model.Unet.AdaptableLayers(), null, [new LoraUse(a), new LoraUse(b)]);
        Tensor Sides(string left, string right)
        {
            var (rows, maps) = Rows(network, left, right);
            return Predict(network, [.. rows.Halves(maps, new SceneShares(0, 0, 0, 0))(1)]);
        }

        const string red = "a red car <lora:a:1>", blue = "a blue car <lora:b:1>";
        var (redBlue, redRed, blueRed) = (Sides(red, blue), Sides(red, "a red car <lora:b:1>"), Sides(blue, red));
        const int overlap = 4, width = 16;
        Tensor Left(Tensor t) => t[.., .., .., ..((width - overlap) / 2)];
        Left(redBlue).Equals(Left(redRed)).ShouldBeTrue();
        Left(redBlue).Equals(Left(blueRed)).ShouldBeFalse();
    }

    [Fact]
    public void Predict_Attention_IsOnePassInWhichEachCellSeesItsOwnPrompt()
    {
        using var scope = NewDisposeScope();
        using var grad = no_grad();
        var (rows, maps) = Rows(null, "a red car", "a blue car");
        var row = rows.Attention(maps, new SceneShares(0, 0, 0, 0))(1).ShouldHaveSingleItem();
        var (none, all) = (zeros_like(maps.Seam), ones_like(maps.Seam));
        Tensor With(params Tensor[] masks) => Predict(null, row with { Positive = row.Positive with { Masks = masks } });
        var (red, blue) = (Predict(null, rows.Solo(0)(1)[0]), Predict(null, rows.Solo(1)(1)[0]));

        // A full mask is that prompt alone, wherever the other one stands.
        (With(all, none) - red).abs().max().item<float>().ShouldBeLessThan(1e-4f);
        (With(none, all) - blue).abs().max().item<float>().ShouldBeLessThan(1e-4f);
        (With(maps.Regions[0], maps.Regions[1]) - red).abs().max().item<float>().ShouldBeGreaterThan(1e-4f);
        With(maps.Regions[0], maps.Regions[1]).Equals(With(maps.Regions[1], maps.Regions[0])).ShouldBeFalse();

        // A = B is one of them, however the picture is shared.
        var (same, _) = Rows(null, "a red car", "a red car");
        (Predict(null, [.. same.Attention(maps, new SceneShares(0, 0, 0, 0))(1)]) - red).abs().max().item<float>().ShouldBeLessThan(1e-4f);

        // The next pass of the model knows nothing of it.
        Predict(null, rows.Solo(0)(1)[0]).Equals(red).ShouldBeTrue();
    }

    [Fact]
    public void Rows_OfAttention_SharesSumToOneAndEveryLoraIsOn()
    {
        using var scope = NewDisposeScope();
        var (rows, maps) = Rows(null, "a red car <lora:a:1>", "a blue car <lora:b:1>");
        var method = rows.Attention(maps, new SceneShares(Lead: 0.5));
        for (var step = 1; step <= 10; step++)
        {
            var row = method(step).ShouldHaveSingleItem();
            row.Positive.Adapters.ShouldBeNull();
            row.Positive.Masks!.Count.ShouldBe(3);
            row.Positive.Masks.Aggregate(zeros_like(maps.Seam), (sum, mask) => sum.PlusInPlace(mask)).allclose(ones_like(maps.Seam)).ShouldBeTrue($"step {step}");
        }
    }

    [Theory]
    [InlineData(CompositionMethod.Halves)]
    [InlineData(CompositionMethod.DeltaMask)]
    [InlineData(CompositionMethod.SoloFirst)]
    [InlineData(CompositionMethod.Attention)]
    public void Generate_SecondPass_HasTheFinalSizeAndTheSameRegions(CompositionMethod method)
    {
        var composition = Request.Composition! with { Method = method };
        var request = Request with { Steps = 4, Composition = composition, SecondPass = new SecondPass(200, 104, 0.5) };
        var reported = new List<SamplingProgress>();
        var picture = model.TextToImage.Generate(request, Loras, new Collector(reported));

        (picture.Width, picture.Height, picture.Rgb.Length).ShouldBe((200, 104, 3 * 200 * 104));
        picture.Request.ShouldBe(request);
        reported[^1].Step.ShouldBe(reported[^1].Steps);
        reported[^1].Steps.ShouldBe(method == CompositionMethod.SoloFirst ? 4 + 4 + 3 + 2 : request.AllSteps);
    }

    [Fact]
    public void Predict_DeltaMasksOfOnesAndZeros_AreNoMasksAndNoLora()
    {
        using var scope = NewDisposeScope();
        using var grad = no_grad();
        using var network = LoraNetwork.Attach(model.Unet.AdaptableLayers(), null, [new LoraUse(a)]);
        var (rows, maps) = Rows(network, "a red car", "a blue car");
        var row = rows.Merge(PromptReading.Read("a red car"))(1)[0];
        var plain = Predict(network, row);
        network.UnetMasks = [ones_like(maps.Seam)];
        Predict(network, row).Equals(plain).ShouldBeTrue();
        network.UnetMasks = [zeros_like(maps.Seam)];
        var masked = Predict(network, row);
        network.UnetMasks = [maps.Regions[0]];
        Predict(network, row).Equals(masked).ShouldBeFalse();
        network.Dispose();
        masked.Equals(Predict(null, row)).ShouldBeTrue();
    }

    [Theory]
    [InlineData("Euler", 1)]
    [InlineData("DPM++ 2M Karras", 0.75)]
    [InlineData("Heun", 0.75)]
    public void Paint_RepairOfOneHalf_KeepsTheOther(string name, double strength)
    {
        using var scope = NewDisposeScope();
        using var grad = no_grad();
        var sampler = SamplerNames.Find(name);
        var request = Request with
        {
            Steps = 8,
            StartFrom = new StartingPicture(Array.Empty<byte>(), strength),
            Composition = new Composition(["a red car", "a blue car"]) { Repair = 1 },
        };
        var prompts = new ReadPrompts(PromptReading.Read("two cars"), [PromptReading.Read("a red car"), PromptReading.Read("a blue car")],
            PromptReading.Read("blurry", negative: true));
        var painter = new Painter(model.Unet, null, sampler, PredictionType.Epsilon, CancellationToken.None);
        var composer = new Composer(request, prompts, new PromptEncoder(model.TextEncoder, model.Tokenizer), null, painter,
            sampler.Plan(NoiseSchedule.StableDiffusion, request.Steps), [1, 4, 8, 16], CPU);
        using var noise = new SeededNoise(6);
        var clean = randn(1, 4, 8, 16, generator: new Generator(4));
        var difference = (composer.Paint(clean, noise, _ => { }) - clean).abs();
        difference[.., .., .., ..6].max().item<float>().ShouldBeLessThan(1e-3f);
        difference[.., .., .., 10..].max().item<float>().ShouldBeGreaterThan(0.1f);
    }

    [Fact]
    public void Generate_WrongCompositions_NamesWhatToDo()
    {
        string[] Problems(TextToImageRequest request) =>
            [.. Should.Throw<GenerationRequestException>(() => model.TextToImage.Generate(request, Loras)).Problems];
        var composition = Request.Composition!;
        Problems(Request with { Prompt = "two cars <lora:a:1>" }).ShouldHaveSingleItem().ShouldContain("move it to its region's prompt");
        Problems(Request with { Composition = composition with { Prompts = [] } }).ShouldHaveSingleItem().ShouldContain("0 regions");
        Problems(Request with { Width = 64, Composition = composition with { Prompts = ["a", "b", "c"] } }).ShouldHaveSingleItem()
            .ShouldContain("64 pixels for 3 regions");
        Problems(Request with { Composition = composition with { Prompts = ["a", "b <lora:b:1"] } }).ShouldHaveSingleItem()
            .ShouldStartWith("Prompt of region 2, character 3");
        Problems(Request with { Composition = composition with { Repair = 2 } }).ShouldHaveSingleItem().ShouldContain("Repair of region 3: there are 2");
        Problems(Request with { Composition = composition with { Scene = new SceneShares(Seam: 2) } }).ShouldHaveSingleItem().ShouldContain("shares");
        Problems(Request with { Composition = composition with { Method = CompositionMethod.Attention, Prompts = ["a AND b", "c"] } }).ShouldHaveSingleItem()
            .ShouldContain("AND adds up predictions");
        Problems(Request with { SecondPass = new SecondPass(120, 100, 0.1) }).ShouldBe(
        [
            "Final height 100: must be a multiple of 8; the nearest are 96 and 104.",
            "Final size 120x100: is smaller than the first pass's 128x64; give at least that, or no final size.",
            "Strength 0.1 of the second pass: must be above 0, up to 1, and make at least one of 3 steps.",
        ]);
    }

    [Fact]
    public void Generate_Composed_LeavesNoTensorsBehind()
    {
        var request = Request with { Composition = Request.Composition! with { Method = CompositionMethod.SoloFirst } };
        model.TextToImage.Generate(request, Loras);
        var before = DisposeScopeManager.Statistics.TensorStatistics.ThreadTotalLiveCount;
        model.TextToImage.Generate(request, Loras);
        DisposeScopeManager.Statistics.TensorStatistics.ThreadTotalLiveCount.ShouldBe(before);
    }

    [Theory]
    [InlineData(1536, 1024, 856, 576)]
    [InlineData(1080, 1920, 528, 936)]
    [InlineData(1080, 1080, 704, 704)]
    [InlineData(512, 512, 512, 512)]
    public void FirstSize_OfTheFinalOne_HasItsShapeAndTheUsualArea(int width, int height, int firstWidth, int firstHeight) =>
        SecondPass.FirstSize(width, height, 960, 512).ShouldBe((firstWidth, firstHeight));

    private sealed class Collector(List<SamplingProgress> reports) : IProgress<SamplingProgress>
    {
        public void Report(SamplingProgress value) => reports.Add(value);
    }

    private static LoraWeights Lora(int seed)
    {
        LoraModule Module(LoraPart part, string layer, long size, int more) =>
            new(
                new LoraLayerName(part, layer),
                randn(2, size, generator: new Generator((ulong)(seed + more))),
                randn(size, 2, generator: new Generator((ulong)(seed + more + 1))),
                alpha: 2);
        return new LoraWeights([Module(LoraPart.Unet, UnetLayer, 8, 0), Module(LoraPart.TextEncoder, TextLayer, 16, 2)]);
    }

    private (CompositionRows Rows, CompositionMaps Maps) Rows(LoraNetwork? network, params string[] regions)
    {
        var prompts = new ReadPrompts(
            PromptReading.Read("two cars"), [.. regions.Select(r => PromptReading.Read(r))], PromptReading.Read("blurry", negative: true));
        var encoder = new PromptEncoder(model.TextEncoder, model.Tokenizer);
        return (new CompositionRows(prompts, encoder, network, steps: 10, clipSkip: 1),
            new CompositionMaps(CompositionLayout.SideBySide, regions.Length, height: 8, width: 16, CPU));
    }

    private Tensor Predict(LoraNetwork? network, params GuidedRow[] rows)
    {
        var latents = randn(1, 4, 8, 16, generator: new Generator(3));
        return new ComposedUnet(model.Unet, network, _ => rows, scale: 7.5).Predict(latents, 500);
    }
}
