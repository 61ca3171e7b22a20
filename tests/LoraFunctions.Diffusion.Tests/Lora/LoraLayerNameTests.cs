using LoraFunctions.Diffusion.Checkpoints;
using LoraFunctions.Diffusion.Lora;
using LoraFunctions.Diffusion.Models;
using Shouldly;
using Xunit;

namespace LoraFunctions.Diffusion.Tests.Lora;

public sealed class LoraLayerNameTests
{
    [Theory]
    [InlineData(LoraPart.Unet, "down_blocks.0.attentions.1.transformer_blocks.0.attn1.to_out.0", "lora_unet_down_blocks_0_attentions_1_transformer_blocks_0_attn1_to_out_0")]
    [InlineData(LoraPart.Unet, "up_blocks.3.attentions.2.transformer_blocks.0.ff.net.0.proj", "lora_unet_up_blocks_3_attentions_2_transformer_blocks_0_ff_net_0_proj")]
    [InlineData(LoraPart.Unet, "mid_block.attentions.0.proj_in", "lora_unet_mid_block_attentions_0_proj_in")]
    [InlineData(LoraPart.Unet, "up_blocks.2.resnets.0.conv_shortcut", "lora_unet_up_blocks_2_resnets_0_conv_shortcut")]
    [InlineData(LoraPart.Unet, "mid_block.resnets.1.time_emb_proj", "lora_unet_mid_block_resnets_1_time_emb_proj")]
    [InlineData(LoraPart.Unet, "down_blocks.0.downsamplers.0.conv", "lora_unet_down_blocks_0_downsamplers_0_conv")]
    [InlineData(LoraPart.Unet, "time_embedding.linear_1", "lora_unet_time_embedding_linear_1")]
    [InlineData(LoraPart.TextEncoder, "text_model.encoder.layers.11.self_attn.out_proj", "lora_te_text_model_encoder_layers_11_self_attn_out_proj")]
    [InlineData(LoraPart.TextEncoder, "text_model.encoder.layers.3.mlp.fc2", "lora_te_text_model_encoder_layers_3_mlp_fc2")]
    public void Kohya_BothWays_AreTheSameLayer(LoraPart part, string path, string kohya)
    {
        var layer = new LoraLayerName(part, path);

        layer.Kohya.ShouldBe(kohya);
        LoraLayerName.TryParseKohya(kohya, out var parsed).ShouldBeTrue();
        parsed.ShouldBe(layer);
        LoraLayerName.TryParseDiffusers(layer.Diffusers, out var own).ShouldBeTrue();
        own.ShouldBe(layer);
    }

    [Theory]
    [InlineData("lora_te1_text_model_encoder_layers_0_mlp_fc1", "text_model.encoder.layers.0.mlp.fc1")]
    [InlineData("lora_unet_input_blocks_1_1_transformer_blocks_0_attn1_to_out_0", "down_blocks.0.attentions.0.transformer_blocks.0.attn1.to_out.0")]
    [InlineData("lora_unet_input_blocks_0_0", "conv_in")]
    [InlineData("lora_unet_middle_block_1_proj_in", "mid_block.attentions.0.proj_in")]
    [InlineData("lora_unet_output_blocks_5_2_conv", "up_blocks.1.upsamplers.0.conv")]
    [InlineData("lora_unet_time_embed_2", "time_embedding.linear_2")]
    public void TryParseKohya_NamesOfOtherWriters_AreTheSameLayer(string name, string path)
    {
        LoraLayerName.TryParseKohya(name, out var layer).ShouldBeTrue();

        layer.Path.ShouldBe(path);
    }

    [Theory]
    [InlineData("diffusion_model.output_blocks.11.1.transformer_blocks.0.ff.net.0.proj", "up_blocks.3.attentions.2.transformer_blocks.0.ff.net.0.proj")]
    [InlineData("text_encoders.clip_l.transformer.text_model.encoder.layers.1.mlp.fc2", "text_model.encoder.layers.1.mlp.fc2")]
    public void TryParseDiffusers_NamesOfComfyUi_AreTheSameLayer(string name, string path)
    {
        LoraLayerName.TryParseDiffusers(name, out var layer).ShouldBeTrue();

        layer.Path.ShouldBe(path);
    }

    [Fact]
    public void LatentDiffusionNames_OfEveryLayerOfTheUnet_LeadBackToIt()
    {
        var config = new UNetConfig();
        using var unet = new UNet2DConditionModel(config, ParameterSource.Meta);
        foreach (var path in unet.AdaptableLayers().Select(l => l.Key))
        {
            var ldm = LdmNames.Unet(path + ".weight", config)[LdmNames.UnetPrefix.Length..^".weight".Length];

            LoraLayerName.TryParseKohya("lora_unet_" + ldm.Replace('.', '_'), out var kohya).ShouldBeTrue();
            LoraLayerName.TryParseDiffusers("diffusion_model." + ldm, out var comfy).ShouldBeTrue();
            kohya.ShouldBe(new LoraLayerName(LoraPart.Unet, path), ldm);
            comfy.ShouldBe(kohya);
        }
    }

    [Theory]
    [InlineData("lora_te2_text_model_encoder_layers_0_mlp_fc1")]
    [InlineData("text_encoder_2.text_model.encoder.layers.0.mlp.fc1")]
    [InlineData("transformer.transformer_blocks.0.attn.to_q")]
    [InlineData("model.diffusion_model.input_blocks.0.0")]
    [InlineData("first_stage_model.decoder")]
    public void TryParse_NotALayerOfOurs_IsFalse(string name)
    {
        LoraLayerName.TryParseKohya(name, out _).ShouldBeFalse();
        LoraLayerName.TryParseDiffusers(name, out _).ShouldBeFalse();
    }
}
