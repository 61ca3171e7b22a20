using LoraFunctions.Diffusion.Lora;
using LoraFunctions.Diffusion.WeightTools;
using Shouldly;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace LoraFunctions.Diffusion.Tests.WeightTools;

public sealed class LoraResizeTests : IDisposable
{
    private static readonly LoraLayerName s_query = new(LoraPart.Unet, "down_blocks.0.attentions.0.transformer_blocks.0.attn1.to_q");
    private static readonly LoraLayerName s_projection = new(LoraPart.Unet, "down_blocks.0.attentions.0.proj_in");
    private static readonly LoraLayerName s_convolution = new(LoraPart.Unet, "up_blocks.2.resnets.0.conv1");
    private static readonly LoraLayerName s_tucker = new(LoraPart.Unet, "up_blocks.2.resnets.0.conv2");

    private readonly DisposeScope _scope = NewDisposeScope();

    public void Dispose() => _scope.Dispose();

    [Theory]
    [InlineData(4)]
    [InlineData(7)]
    [InlineData(10)]
    public void Resize_ToItsOwnRankOrMore_ChangesNoUpdate(int rank)
    {
        using var weights = Weights();

        using var resized = LoraResize.Resize(weights, new LoraResizeOptions { Rank = rank });

        foreach (var module in resized.Weights.Modules)
        {
            var before = weights.Find(module.Layer)!;
            module.Rank.ShouldBe(rank);
            module.Scale.ShouldBe(before.Scale, 1e-12);
            ShouldEqual(module.Delta(), before.Delta(), 1e-5, module.Layer.Kohya);
            module.Down.shape.Length.ShouldBe(before.Down.shape.Length, "kernels stay kernels");
        }

        resized.Modules.ShouldAllBe(m => m.FrobeniusKept > 1 - 1e-9 && m.SumKept > 1 - 1e-9);
    }

    [Fact]
    public void Resize_Up_LeavesRowsThatCanStillLearn()
    {
        using var weights = Weights();

        using var resized = LoraResize.Resize(weights, new LoraResizeOptions { Rank = 9 });

        var module = resized.Weights.Find(s_query)!;
        module.Up.narrow(1, 4, 5).abs().max().item<float>().ShouldBe(0);
        var gram = module.Down.matmul(module.Down.t());
        ShouldEqual(gram, eye(9), 1e-5, "rows of down");
    }

    [Fact]
    public void Resize_Down_IsTheClosestOfThatRank()
    {
        using var weights = Weights();

        using var resized = LoraResize.Resize(weights, new LoraResizeOptions { Rank = 2 });

        foreach (var module in resized.Weights.Modules)
        {
            // Eckart-Young: what is lost are the singular values beyond the rank.
            var whole = weights.Find(module.Layer)!.Delta();
            var values = linalg.svdvals(whole.reshape(whole.shape[0], -1).to(ScalarType.Float64)).data<double>().ToArray();
            var lost = (whole - module.Delta()).norm().item<float>();
            lost.ShouldBe((float)Math.Sqrt(values.Skip(2).Sum(v => v * v)), 1e-4f, module.Layer.Kohya);
            resized.Modules.Single(m => m.Layer == module.Layer).FrobeniusKept.ShouldBe(Math.Sqrt(values.Take(2).Sum(v => v * v) / values.Sum(v => v * v)), 1e-5);
        }
    }

    [Fact]
    public void Resize_ConvolutionRank_IsForKernelsLargerThanOnePixel()
    {
        using var weights = Weights();

        using var resized = LoraResize.Resize(weights, new LoraResizeOptions { Rank = 3, ConvolutionRank = 2 });

        resized.Weights.Modules.ToDictionary(m => m.Layer, m => m.Rank).ShouldBe(
            new Dictionary<LoraLayerName, long> { [s_query] = 3, [s_projection] = 3, [s_convolution] = 2, [s_tucker] = 2 }, ignoreOrder: true);
        resized.Weights.Metadata["ss_network_dim"].ShouldBe("3");
        resized.Weights.Metadata["ss_network_alpha"].ShouldBe("1.5");
        resized.Weights.Metadata["ss_network_args"].ShouldBe("""{"block":"x","conv_dim":"2","conv_alpha":"1"}""");
        resized.Weights.Metadata["ss_training_comment"].ShouldBe("dimension is resized from 4 to 3 (conv: 2); by mei");
        resized.Weights.Metadata["ss_output_name"].ShouldBe("car");
    }

    [Fact]
    public void Resize_RankAboveTheLayersSize_IsTheLayersSize()
    {
        using var weights = new LoraWeights([new LoraModule(s_query, randn(4, 5), randn(6, 4), 4)]);

        using var resized = LoraResize.Resize(weights, new LoraResizeOptions { Rank = 64 });

        resized.Weights.Find(s_query)!.Rank.ShouldBe(5);
        ShouldEqual(resized.Weights.Find(s_query)!.Delta(), weights.Find(s_query)!.Delta(), 1e-5, "update");
    }

    // Singular values 8, 4, 2, 1 and zeros up to 6; the reference keeps one more than the target asks for, at most five of six.
    [Theory]
    [InlineData(LoraRankRule.SingularValueRatio, 3.0, 3)] // above 8/3: 8, 4
    [InlineData(LoraRankRule.SingularValueRatio, 1.5, 2)] // above 16/3: 8
    [InlineData(LoraRankRule.SingularValueRatio, 100.0, 5)] // all four
    [InlineData(LoraRankRule.SingularValueFrobenius, 0.85, 2)] // 8 holds .868 of the norm
    [InlineData(LoraRankRule.SingularValueFrobenius, 0.9, 3)] // 8, 4 hold .970
    [InlineData(LoraRankRule.SingularValueCumulative, 0.5, 2)] // 8 of 15
    [InlineData(LoraRankRule.SingularValueCumulative, 0.75, 3)] // 12 of 15
    [InlineData(LoraRankRule.SingularValueCumulative, 0.9, 4)] // 14 of 15
    [InlineData(LoraRankRule.Fixed, 0.0, 6)]
    public void Rank_ByRule_IsTheReferences(LoraRankRule rule, double target, long expected) =>
        LoraResize.Rank([8, 4, 2, 1, 0, 0], rule, target, most: 6).ShouldBe(expected);

    [Theory]
    [InlineData(LoraRankRule.SingularValueRatio, 100)]
    [InlineData(LoraRankRule.SingularValueFrobenius, 1)]
    [InlineData(LoraRankRule.SingularValueCumulative, 1)]
    public void Rank_ByRule_IsNeverAboveTheMost(LoraRankRule rule, double target) =>
        LoraResize.Rank([8, 4, 2, 1, 0, 0], rule, target, most: 2).ShouldBe(2);

    [Fact]
    public void Rank_OfZeros_IsOne() => LoraResize.Rank([0, 0, 0], LoraRankRule.SingularValueFrobenius, 0.9, 3).ShouldBe(1);

    [Fact]
    public void Resize_Dynamic_SaysSoInTheMetadataAndKeepsTheScale()
    {
        using var weights = Weights();

        using var resized = LoraResize.Resize(weights, new LoraResizeOptions { Rank = 4, Rule = LoraRankRule.SingularValueRatio, Target = 1.2 });

        resized.Modules.Select(m => m.Rank).Distinct().Count().ShouldBeGreaterThan(1);
        resized.Weights.Modules.ShouldAllBe(m => Math.Abs(m.Scale - 0.5) < 1e-12);
        resized.Weights.Metadata["ss_training_comment"].ShouldBe("Dynamic resize with sv_ratio: 1.2 from 4; by mei");
    }

    [Fact]
    public void Resize_BadOptions_NamesAllOfThem() =>
        Should.Throw<ArgumentException>(() => LoraResize.Resize(Weights(), new LoraResizeOptions { Rank = 0, ConvolutionRank = 2000, Rule = LoraRankRule.SingularValueFrobenius, Target = 2 }))
            .Message.Split('\n').Length.ShouldBe(3);

    [Fact]
    public void Norms_AreThoseOfTheUpdates()
    {
        using var weights = Weights();

        foreach (var norms in LoraModuleNorms.Of(weights))
        {
            var delta = weights.Find(norms.Layer)!.Delta();
            norms.Frobenius.ShouldBe(delta.norm().item<float>(), 1e-4);
            norms.Largest.ShouldBe(linalg.svdvals(delta.reshape(delta.shape[0], -1))[0].item<float>(), 1e-4);
            norms.EffectiveRank.ShouldBeInRange(1, 4);
        }
    }

    private static void ShouldEqual(Tensor actual, Tensor expected, double tolerance, string what)
    {
        actual.shape.ShouldBe(expected.shape, what);
        (actual - expected).abs().max().item<float>().ShouldBeLessThan((float)tolerance, what);
    }

    private static LoraWeights Weights()
    {
        manual_seed(3);
        return new LoraWeights(
            [
                new LoraModule(s_query, randn(4, 12), randn(11, 4), 2),
                new LoraModule(s_projection, randn(4, 10, 1, 1), randn(12, 4, 1, 1), 2),
                new LoraModule(s_convolution, randn(4, 6, 3, 3), randn(10, 4, 1, 1), 2),
                new LoraModule(s_tucker, randn(4, 6, 1, 1), randn(10, 4, 1, 1), 2, randn(4, 4, 3, 3)),
            ],
            new Dictionary<string, string>
            {
                ["ss_output_name"] = "car",
                ["ss_training_comment"] = "by mei",
                ["ss_network_args"] = """{"block": "x", "conv_dim": "4", "conv_alpha": "2.0"}""",
            });
    }
}
