using LoraFunctions.Diffusion.Generation;
using LoraFunctions.Diffusion.Lora;
using LoraFunctions.Diffusion.Sampling;
using Shouldly;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace LoraFunctions.Diffusion.Tests.Generation;

/// <summary>Counts the process's tensors, so nothing else may run meanwhile.</summary>
[Collection(nameof(LiveTensors))]
public sealed class LiveTensorsTests : IDisposable
{
    private static readonly TextToImageRequest Request = new()
    {
        Prompt = "a red car",
        Width = 64,
        Height = 64,
        Steps = 50,
        Sampler = "Euler",
    };

    private readonly TinyModel model = new();

    public void Dispose() => model.Dispose();

    public static TheoryData<string> Samplers =>
        [.. SamplerNames.All.Where(name => SamplerNames.Find(name).ScheduleType is null or "Karras")];

    [Theory]
    [MemberData(nameof(Samplers))]
    public void Generate_OverFiftySteps_KeepsTheCountOfLiveTensorsFlat(string sampler)
    {
        model.TextToImage.Generate(Request with { Steps = 1 });
        var before = Tensor.TotalCount;
        var counts = new List<long>();
        model.TextToImage.Generate(Request with { Sampler = sampler }, progress: new Counter(_ => counts.Add(Tensor.TotalCount)));
        Tensor.TotalCount.ShouldBe(before);
        counts.Count.ShouldBe(50);

        // Multistep samplers fill their history in the first steps and let go of it at the last.
        counts.Skip(5).SkipLast(1).Distinct().ShouldHaveSingleItem();
        counts.Max().ShouldBe(counts[10]);
    }

    [Fact]
    public void Generate_Cancelled_StopsBetweenStepsAndFreesEverything()
    {
        model.TextToImage.Generate(Request with { Steps = 1 });
        var before = Tensor.TotalCount;
        using var source = new CancellationTokenSource();
        var done = 0;
        var start = new StartingPicture(new byte[64 * 64 * 3], 1);
        Should.Throw<OperationCanceledException>(() => model.TextToImage.Generate(
            Request with { Sampler = "UniPC", StartFrom = start },
            progress: new Counter(step =>
            {
                done = step.Step;
                if (step.Step == 7)
                {
                    source.Cancel();
                }
            }),
            cancellationToken: source.Token));
        done.ShouldBe(7);
        Tensor.TotalCount.ShouldBe(before);
    }

    [Fact]
    public void Generate_WithALora_FreesItsCopiesAndLeavesTheCallersWeights()
    {
        var layer = new LoraLayerName(LoraPart.TextEncoder, "text_model.encoder.layers.0.self_attn.q_proj");
        using var lora = new LoraWeights([new LoraModule(layer, ones(2, 16), ones(16, 2), alpha: 1)]);
        var before = Tensor.TotalCount;
        model.TextToImage.Generate(Request with { Prompt = "a car <lora:x:0.5>", Steps = 2 }, [new LoraSelection("x", lora)]);
        Tensor.TotalCount.ShouldBe(before);
        lora.Modules.Single().Down.IsInvalid.ShouldBeFalse();
    }

    [Fact]
    public void Generate_CancelledBeforehand_DoesNothing()
    {
        var before = Tensor.TotalCount;
        var cancelled = new CancellationToken(canceled: true);
        Should.Throw<OperationCanceledException>(() => model.TextToImage.Generate(Request, cancellationToken: cancelled));
        Tensor.TotalCount.ShouldBe(before);
    }

    [Fact]
    public void Generate_ThatFails_FreesEverything()
    {
        using (no_grad())
        {
            model.Unet.parameters().First().TimesInPlace(double.NaN);
        }

        var before = Tensor.TotalCount;
        Should.Throw<NonFiniteException>(() => model.TextToImage.Generate(Request));
        Tensor.TotalCount.ShouldBe(before);
    }

    private sealed class Counter(Action<SamplingProgress> report) : IProgress<SamplingProgress>
    {
        public void Report(SamplingProgress value) => report(value);
    }
}

[CollectionDefinition(nameof(LiveTensors), DisableParallelization = true)]
public sealed class LiveTensors;
