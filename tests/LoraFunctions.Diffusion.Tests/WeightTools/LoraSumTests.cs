using LoraFunctions.Diffusion.Lora;
using LoraFunctions.Diffusion.WeightTools;
using Shouldly;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace LoraFunctions.Diffusion.Tests.WeightTools;

public sealed class LoraSumTests : IDisposable
{
    private static readonly LoraLayerName s_query = new(LoraPart.Unet, "down_blocks.0.attentions.0.transformer_blocks.0.attn1.to_q");
    private static readonly LoraLayerName s_projection = new(LoraPart.Unet, "down_blocks.0.attentions.0.proj_in");
    private static readonly LoraLayerName s_convolution = new(LoraPart.Unet, "up_blocks.2.resnets.0.conv1");
    private static readonly LoraLayerName s_text = new(LoraPart.TextEncoder, "text_model.encoder.layers.0.self_attn.q_proj");

    private readonly DisposeScope _scope = NewDisposeScope();

    public void Dispose() => _scope.Dispose();

    [Fact]
    public void Of_SeveralWithStrengths_IsExactlyTheirSum()
    {
        manual_seed(5);
        using var a = new LoraWeights([
            new LoraModule(s_query, randn(3, 8), randn(6, 3), 12),
            new LoraModule(s_projection, randn(3, 8, 1, 1), randn(6, 3, 1, 1), 1),
            new LoraModule(s_convolution, randn(2, 4, 3, 3), randn(5, 2, 1, 1), 2),
            new LoraModule(s_text, randn(3, 8), randn(8, 3), 3)]);
        using var b = new LoraWeights([
            new LoraModule(s_query, randn(5, 8), randn(6, 5), 2.5),
            new LoraModule(s_projection, randn(4, 8), randn(6, 4), 4),
            new LoraModule(s_convolution, randn(2, 4, 1, 1), randn(5, 2, 1, 1), 2, randn(2, 2, 3, 3))]);

        using var sum = LoraSum.Of([new LoraUse(a, 0.8, 0.5), new LoraUse(b, -0.6, 1)]);

        sum.Find(s_query)!.Rank.ShouldBe(8);
        sum.Modules.ShouldAllBe(m => m.Scale == 1);
        ShouldEqual(sum.Find(s_query)!.Delta(), a.Find(s_query)!.Delta().Times(0.8) - b.Find(s_query)!.Delta().Times(0.6));
        ShouldEqual(sum.Find(s_projection)!.Delta(), a.Find(s_projection)!.Delta().Times(0.8) - b.Find(s_projection)!.Delta().reshape(6, 8, 1, 1).Times(0.6));
        ShouldEqual(sum.Find(s_convolution)!.Delta(), a.Find(s_convolution)!.Delta().Times(0.8) - b.Find(s_convolution)!.Delta().Times(0.6));
        ShouldEqual(sum.Find(s_text)!.Delta(), a.Find(s_text)!.Delta().Times(0.5));
        sum.Metadata["ss_network_dim"].ShouldBe("Dynamic");
        sum.Metadata["ss_network_args"].ShouldBe("""{"conv_dim":"4","conv_alpha":"4"}""");
    }

    [Fact]
    public void Of_StrengthZero_LeavesThatPartOut()
    {
        using var a = new LoraWeights([new LoraModule(s_query, randn(3, 8), randn(6, 3), 3), new LoraModule(s_text, randn(3, 8), randn(8, 3), 3)]);

        using var sum = LoraSum.Of([new LoraUse(a, 1, 0)]);

        sum.Modules.Select(m => m.Layer).ShouldBe([s_query]);
        Should.Throw<LoraException>(() => LoraSum.Of([new LoraUse(a, 0, 0)])).Message.ShouldContain("every strength is 0");
    }

    [Fact]
    public void Of_LayersOfDifferentSizes_NamesBoth()
    {
        using var a = new LoraWeights([new LoraModule(s_query, randn(3, 8), randn(6, 3), 3)]);
        using var b = new LoraWeights([new LoraModule(s_query, randn(3, 9), randn(6, 3), 3)]);

        Should.Throw<LoraException>(() => LoraSum.Of([new LoraUse(a), new LoraUse(b)])).Message.ShouldContain("[6, 8] in one and [6, 9] in another");
    }

    private static void ShouldEqual(Tensor actual, Tensor expected)
    {
        actual.shape.ShouldBe(expected.shape);
        (actual - expected).abs().max().item<float>().ShouldBeLessThan(2e-5f);
    }
}
