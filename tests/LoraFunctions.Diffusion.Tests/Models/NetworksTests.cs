using LoraFunctions.Diffusion.Models;
using LoraFunctions.Diffusion.Tests.Checkpoints;
using Shouldly;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace LoraFunctions.Diffusion.Tests.Models;

public sealed class NetworksTests
{
    [Fact]
    public void Forward_FiftyTimes_KeepsTheCountOfLiveTensorsFlat()
    {
        using var grad = no_grad();
        using var unet = new UNet2DConditionModel(TinyCheckpoint.Unet, ParameterSource.Random(1));
        using var vae = new AutoencoderKL(TinyCheckpoint.Vae, ParameterSource.Random(2)) { TileAbove = 64, TileSize = 64 };
        using var text = new ClipTextModel(TinyCheckpoint.Text, ParameterSource.Random(3));
        using var inputs = NewDisposeScope();
        var (latents, time, ids) = (Numbers.Normal(1, 4, 9, 9), tensor(new long[] { 7 }), zeros(1, 77, dtype: int64));
        var pixels = Numbers.Normal(1, 3, 72, 72);
        var context = text.Encode(ids);
        var live = new List<long>();
        for (var step = 0; step < 50; step++)
        {
            // No scope of the caller's: what a network gives back is all it may leave.
            using var noise = unet.forward(latents, time, context);
            using var picture = vae.Decode(latents);
            var moments = vae.Encode(pixels);
            moments.Mean.Dispose();
            moments.LogVariance.Dispose();
            text.Encode(ids, clipSkip: 2).Dispose();
            live.Add(DisposeScopeManager.Statistics.TensorStatistics.ThreadTotalLiveCount);
        }

        live.Distinct().ShouldHaveSingleItem();
    }

    [Fact]
    public void ForwardAndBackward_Repeated_KeepTheCountOfLiveTensorsFlat()
    {
        using var unet = new UNet2DConditionModel(TinyCheckpoint.Unet, ParameterSource.Random(1));
        using var inputs = NewDisposeScope();
        var (latents, time, context) = (
            Numbers.Normal(2, 4, 8, 8).requires_grad_(), tensor(new long[] { 7, 900 }), Numbers.Normal(2, 5, 16));
        var live = new List<long>();
        for (var step = 0; step < 5; step++)
        {
            using var scope = NewDisposeScope();
            unet.forward(latents, time, context).Squared().mean().backward();
            latents.grad!.isfinite().all().item<bool>().ShouldBeTrue();
            live.Add(DisposeScopeManager.Statistics.TensorStatistics.ThreadTotalLiveCount);
        }

        live.Skip(1).Distinct().ShouldHaveSingleItem();
    }

    [Fact]
    public void Forward_RunBlock_SeesEveryBlockAndChangesNothing()
    {
        using var grad = no_grad();
        using var scope = NewDisposeScope();
        using var unet = new UNet2DConditionModel(TinyCheckpoint.Unet, ParameterSource.Random(1));
        var (latents, time, context) = (Numbers.Normal(1, 4, 8, 8), tensor(new long[] { 7 }), Numbers.Normal(1, 5, 16));
        var expected = unet.forward(latents, time, context);
        var blocks = 0;
        unet.RunBlock = (block, tensors) =>
        {
            blocks++;
            return block(tensors);
        };
        unet.forward(latents, time, context).equal(expected).all().item<bool>().ShouldBeTrue();
        blocks.ShouldBe(8 + 4, "two ResNets down, two in the middle, four up; one transformer down, one in the middle, two up");
    }

    [Fact]
    public void AdaptableLayers_OfUnetAndText_AreNamedAsInTheCheckpoint()
    {
        using var unet = new UNet2DConditionModel(new UNetConfig(), ParameterSource.Meta);
        using var text = new ClipTextModel(new ClipTextConfig(), ParameterSource.Meta);
        var layers = unet.AdaptableLayers().ToDictionary(pair => pair.Key, pair => pair.Value, StringComparer.Ordinal);
        layers.Keys.ShouldBeUnique();
        layers["down_blocks.0.attentions.0.transformer_blocks.0.attn1.to_q"].Weight.shape.ShouldBe([320, 320]);
        layers["up_blocks.1.attentions.2.transformer_blocks.0.attn2.to_k"].Weight.shape.ShouldBe([1280, 768]);
        layers["mid_block.attentions.0.proj_in"].Weight.shape.ShouldBe([1280, 1280, 1, 1]);
        layers["down_blocks.2.attentions.1.transformer_blocks.0.ff.net.0.proj"].Weight.shape.ShouldBe([10240, 1280]);
        (layers["down_blocks.0.downsamplers.0.conv"].Stride, layers["down_blocks.0.downsamplers.0.conv"].Padding).ShouldBe((2, 1));
        layers.Keys.ShouldContain("up_blocks.2.upsamplers.0.conv");
        layers.Keys.ShouldContain("up_blocks.3.resnets.1.time_emb_proj");
        text.AdaptableLayers().Count().ShouldBe(72);
        text.AdaptableLayers().Select(pair => pair.Key).ShouldContain("text_model.encoder.layers.11.self_attn.out_proj");
    }

    [Fact]
    public void Adapter_OnEveryLayer_IsAppliedToItsInputAndOutput()
    {
        using var grad = no_grad();
        using var scope = NewDisposeScope();
        using var unet = new UNet2DConditionModel(TinyCheckpoint.Unet, ParameterSource.Random(1));
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var (name, layer) in unet.AdaptableLayers())
        {
            layer.Adapter = new Spy(() => seen.Add(name));
        }

        unet.forward(Numbers.Normal(1, 4, 8, 8), tensor(new long[] { 7 }), Numbers.Normal(1, 5, 16));
        seen.ShouldBe(unet.AdaptableLayers().Select(pair => pair.Key), ignoreOrder: true);
    }

    [Fact]
    public void Encode_BadInput_SaysWhatIsTaken()
    {
        using var scope = NewDisposeScope();
        using var text = new ClipTextModel(TinyCheckpoint.Text, ParameterSource.Random(3));
        using var vae = new AutoencoderKL(TinyCheckpoint.Vae, ParameterSource.Random(2));
        Should.Throw<ArgumentException>(() => text.forward(zeros(1, 78, dtype: int64))).Message.ShouldContain("[1, 78]");
        Should.Throw<ArgumentOutOfRangeException>(() => text.Encode(zeros(1, 77, dtype: int64), clipSkip: 3))
            .Message.ShouldContain("from 1 (the last layer) to 2");
        Should.Throw<ArgumentException>(() => vae.Encode(zeros(1, 3, 20, 16))).Message.ShouldContain("multiples of 8");
    }

    private sealed class Spy(Action seen) : ILayerAdapter
    {
        public Tensor Apply(Tensor input, Tensor output)
        {
            seen();
            output.shape[0].ShouldBe(input.shape[0]);
            return output;
        }
    }
}
