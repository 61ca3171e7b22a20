using LoraFunctions.Diffusion.Lora;
using LoraFunctions.Diffusion.Models;
using LoraFunctions.Diffusion.Tests.Training;
using LoraFunctions.Diffusion.Training;
using LoraFunctions.Diffusion.WeightTools;
using Shouldly;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace LoraFunctions.Diffusion.Tests.Lora;

public sealed class LoraNetworkTests : IDisposable
{
    private readonly DisposeScope _scope = NewDisposeScope();
    private readonly TinyDiffusion _tiny = new();
    private readonly Tensor _sample;
    private readonly Tensor _context;
    private readonly Tensor _timesteps;

    public LoraNetworkTests()
    {
        manual_seed(5);
        (_sample, _context, _timesteps) = (randn(4, 4, 8, 8), randn(4, 12, 16), tensor(new long[] { 10, 300, 600, 900 }));
    }

    public void Dispose()
    {
        _tiny.Dispose();
        _scope.Dispose();
    }

    [Fact]
    public void RowsWithTheirOwnLoras_AreWhatEachLoraAloneGives_AndTheUnadaptedRowIsTheBaseBitForBit()
    {
        using var noGrad = no_grad();
        using var first = Random(1, LoraTargets.Kohya | LoraTargets.Convolutions);
        using var second = Random(2, LoraTargets.Attention);
        var bare = Forward();
        var (alone, other, both) = (Alone(new LoraUse(first, 0.8)), Alone(new LoraUse(second, 0.6)), Alone(new LoraUse(first, 0.8), new LoraUse(second, 0.6)));

        using var network = LoraNetwork.Attach(_tiny.Unet.AdaptableLayers(), null, [new LoraUse(first, 0.8), new LoraUse(second, 0.6)]);
        network.UnetRows = LoraRows.Of([[0], [], [1], [0, 1]]);
        var mixed = Forward();

        Near(mixed[0], alone[0]);
        mixed[1].bytes.SequenceEqual(bare[1].bytes).ShouldBeTrue("a row without a LoRA is the base's, bit for bit");
        Near(mixed[2], other[2]);
        Near(mixed[3], both[3]);
        network.UnetRows = LoraRows.None(4);
        Forward().bytes.SequenceEqual(bare.bytes).ShouldBeTrue();
        network.UnetRows = null;
        Forward().bytes.SequenceEqual(both.bytes).ShouldBeTrue("no rows named: all of them everywhere");
        network.UnetRows = LoraRows.Of([[0, 1], [0, 1], [0, 1], [0, 1]]);
        Forward().bytes.SequenceEqual(both.bytes).ShouldBeTrue("every row the same: the path without rows");
    }

    [Fact]
    public void Dispose_LeavesTheBaseAsItWas_SuspendForAWhile()
    {
        using var noGrad = no_grad();
        using var lora = Random(1, LoraTargets.Kohya);
        var before = Forward();
        var network = LoraNetwork.Attach(_tiny.Unet.AdaptableLayers(), null, [new LoraUse(lora)]);
        var adapted = Forward();
        (adapted - before).abs().max().item<float>().ShouldBeGreaterThan(1e-3f);
        using (network.Suspend())
        {
            Forward().bytes.SequenceEqual(before.bytes).ShouldBeTrue();
        }

        Forward().bytes.SequenceEqual(adapted.bytes).ShouldBeTrue();
        network.Dispose();
        Forward().bytes.SequenceEqual(before.bytes).ShouldBeTrue();
    }

    [Fact]
    public void Attached_IsWhatMergedGives()
    {
        using var noGrad = no_grad();
        using var lora = Random(3, LoraTargets.Kohya | LoraTargets.Convolutions);
        var adapted = Alone(new LoraUse(lora, 0.7));

        LoraMerge.Into(_tiny.Unet.AdaptableLayers(), null, [new LoraUse(lora, 0.7)]);

        Near(Forward(), adapted);
    }

    [Fact]
    public void TextEncoder_HasItsOwnStrengthAndRows()
    {
        using var noGrad = no_grad();
        using var lora = Random(4, LoraTargets.Attention, withText: true);
        var ids = tensor(new long[] { 1, 2, 3, 4, 5, 6 }, [2, 3]);
        var bare = _tiny.Text.Encode(ids);
        using var network = LoraNetwork.Attach(_tiny.Unet.AdaptableLayers(), _tiny.Text.AdaptableLayers(), [new LoraUse(lora, UnetStrength: 0, TextEncoderStrength: 0.5)]);

        var encoded = _tiny.Text.Encode(ids);
        (encoded - bare).abs().max().item<float>().ShouldBeGreaterThan(1e-3f);
        network.TextRows = LoraRows.Of([[], [0]]);
        var rows = _tiny.Text.Encode(ids);
        rows[0].bytes.SequenceEqual(bare[0].bytes).ShouldBeTrue();
        Near(rows[1], encoded[1]);
    }

    [Fact]
    public void Attach_ModulesWithoutALayer_NamesCountsAndFirstNames()
    {
        using var lora = Random(1, LoraTargets.Attention);
        var strange = new LoraModule(new LoraLayerName(LoraPart.Unet, "down_blocks.7.attentions.0.proj_in"), zeros(2, 4), zeros(4, 2), 2);
        using var mixed = new LoraWeights([.. lora.Modules.Select(m => new LoraModule(m.Layer, m.Down.clone(), m.Up.clone(), 1)), strange]);
        using var foreign = new LoraWeights([new LoraModule(strange.Layer, zeros(2, 4), zeros(4, 2), 2)], new Dictionary<string, string> { ["ss_output_name"] = "sdxl car" });

        var error = Should.Throw<LoraException>(() => LoraNetwork.Attach(_tiny.Unet.AdaptableLayers(), null, [new LoraUse(mixed), new LoraUse(foreign)]));

        error.Message.ShouldContain($"1 of the {mixed.Modules.Count} modules of the LoRA number 1 have no layer in this model (lora_unet_down_blocks_7_attentions_0_proj_in)");
        error.Message.ShouldContain("None of the 1 modules of the LoRA sdxl car");
        _tiny.Unet.AdaptableLayers().ShouldAllBe(l => l.Value.Adapter == null);
    }

    [Fact]
    public void Attach_OtherSize_NamesBothShapes()
    {
        var layer = _tiny.Unet.AdaptableLayers().First(l => l.Key.EndsWith("to_q", StringComparison.Ordinal));
        using var wrong = new LoraWeights([new LoraModule(new LoraLayerName(LoraPart.Unet, layer.Key), zeros(2, 999), zeros(16, 2), 2)]);

        Should.Throw<LoraException>(() => LoraNetwork.Attach(_tiny.Unet.AdaptableLayers(), null, [new LoraUse(wrong)])).Message
            .ShouldContain("made for a layer of 999 inputs, 16 outputs and kernel 1x1, but the model's layer has the weight [16, 16]");
        layer.Value.Adapter.ShouldBeNull();
    }

    [Fact]
    public void Attach_Twice_IsRefused()
    {
        using var lora = Random(1, LoraTargets.Attention);
        using var network = LoraNetwork.Attach(_tiny.Unet.AdaptableLayers(), null, [new LoraUse(lora)]);

        Should.Throw<InvalidOperationException>(() => LoraNetwork.Attach(_tiny.Unet.AdaptableLayers(), null, [new LoraUse(lora)])).Message.ShouldContain("already carry adapters");
    }

    [Fact]
    public void Forward_RowsForAnotherBatch_SaysSo()
    {
        using var noGrad = no_grad();
        using var lora = Random(1, LoraTargets.Attention);
        using var network = LoraNetwork.Attach(_tiny.Unet.AdaptableLayers(), null, [new LoraUse(lora)]);
        network.UnetRows = LoraRows.OneEach([0, 0]);

        Should.Throw<InvalidOperationException>(Forward).Message.ShouldContain("got 4 rows, but adapters are named for 2");
    }

    [Fact]
    public void LinearLoraOnA1x1Convolution_AndTheOtherWayRound_AreTheSame()
    {
        using var noGrad = no_grad();
        using var lora = Random(1, LoraTargets.Projections | LoraTargets.Attention);
        using var reshaped = new LoraWeights(lora.Modules.Select(m => m.Down.dim() == 4
            ? new LoraModule(m.Layer, m.Down.reshape(m.Rank, -1).clone(), m.Up.reshape(-1, m.Rank).clone(), m.Alpha)
            : new LoraModule(m.Layer, m.Down.reshape(m.Rank, -1, 1, 1).clone(), m.Up.reshape(-1, m.Rank, 1, 1).clone(), m.Alpha)));

        Alone(new LoraUse(reshaped)).bytes.SequenceEqual(Alone(new LoraUse(lora)).bytes).ShouldBeTrue();
    }

    [Fact]
    public void TuckerConvolution_AttachedIsMerged()
    {
        using var noGrad = no_grad();
        var layer = _tiny.Unet.AdaptableLayers().First(l => l.Key.EndsWith("conv1", StringComparison.Ordinal));
        var (outputs, inputs) = (layer.Value.Weight.shape[0], layer.Value.Weight.shape[1]);
        using var lora = new LoraWeights([new LoraModule(
            new LoraLayerName(LoraPart.Unet, layer.Key), randn(3, inputs, 1, 1), randn(outputs, 3, 1, 1), 1.5, randn(3, 3, 3, 3))]);
        var adapted = Alone(new LoraUse(lora, 0.3));
        LoraMerge.Into(_tiny.Unet.AdaptableLayers(), null, [new LoraUse(lora, 0.3)]);

        Near(Forward(), adapted);
    }

    private static void Near(Tensor actual, Tensor expected) =>
        ((actual - expected).norm() / expected.norm()).item<float>().ShouldBeLessThanOrEqualTo(1e-5f);

    private Tensor Forward() => _tiny.Unet.forward(_sample, _timesteps, _context);

    private Tensor Alone(params LoraUse[] uses)
    {
        using var network = LoraNetwork.Attach(_tiny.Unet.AdaptableLayers(), null, uses);
        return Forward();
    }

    private LoraWeights Random(int seed, LoraTargets targets, bool withText = false)
    {
        manual_seed(seed);
        var layers = LoraLayers.Choose(_tiny.Unet.AdaptableLayers(), targets, withText ? _tiny.Text.AdaptableLayers() : null);
        return new LoraWeights(layers.Select(l => LoraLayers.Shapes(l.Value, 3) is var (down, up) ? new LoraModule(l.Key, randn(down).Times(0.2), randn(up).Times(0.2), 2) : throw new InvalidOperationException()));
    }
}
