using System.Text.Json;
using LoraFunctions.Diffusion.Checkpoints;
using LoraFunctions.Diffusion.Models;
using LoraFunctions.Diffusion.Safetensors;
using TorchSharp;
using static TorchSharp.torch;

namespace LoraFunctions.Diffusion.Tests.Checkpoints;

/// <summary>Writes one very small Stable Diffusion in both layouts.</summary>
internal static class TinyCheckpoint
{
    public static StableDiffusionLoadOptions SingleFileOptions { get; } = new(
        ) { RequireTokenizer = false, UnetHeads = 2, TextEncoderHeads = 2 };

    public static UNetConfig Unet { get; } = new()
    {
        BlockOutChannels = [32, 64],
        DownAttention = [true, false],
        UpAttention = [false, true],
        AttentionHeads = [2, 2],
        LayersPerBlock = 1,
        CrossAttentionDim = 16,
    };

    public static VaeConfig Vae { get; } = new() { BlockOutChannels = [32, 32, 64, 64], LayersPerBlock = 1 };

    public static ClipTextConfig Text { get; } = new(
        ) { VocabSize = 520, HiddenSize = 16, IntermediateSize = 32, NumHiddenLayers = 2, NumAttentionHeads = 2 };

    /// <summary>Every tensor by its name in a single file, in fp16.</summary>
    public static Dictionary<string, Tensor> SingleFileTensors()
    {
        using var text = new ClipTextModel(Text, ParameterSource.Random(1));
        using var unet = new UNet2DConditionModel(Unet, ParameterSource.Random(2));
        using var vae = new AutoencoderKL(Vae, ParameterSource.Random(3));
        var tensors = new Dictionary<string, Tensor>(StringComparer.Ordinal);
        Add(text, name => LdmNames.Text(name).First());
        Add(unet, name => LdmNames.Unet(name, Unet));
        Add(vae, name => LdmNames.Vae(name, Vae));
        return tensors;

        void Add(nn.Module network, Func<string, string> rename)
        {
            foreach (var (name, parameter) in network.named_parameters())
            {
                tensors[rename(name)] = parameter.to(float16);
            }
        }
    }

    /// <summary>A diffusers folder; returns it.</summary>
    public static string WriteFolder(string folder)
    {
        using var text = new ClipTextModel(Text, ParameterSource.Random(1));
        using var unet = new UNet2DConditionModel(Unet, ParameterSource.Random(2));
        using var vae = new AutoencoderKL(Vae, ParameterSource.Random(3));
        Part("text_encoder", "model", text,
            new { vocab_size = 520, hidden_size = 16, intermediate_size = 32, num_hidden_layers = 2, num_attention_heads = 2 });
        Part("unet", "diffusion_pytorch_model", unet, new
        {
            block_out_channels = new[] { 32, 64 },
            down_block_types = new[] { "CrossAttnDownBlock2D", "DownBlock2D" },
            up_block_types = new[] { "UpBlock2D", "CrossAttnUpBlock2D" },
            attention_head_dim = 2,
            layers_per_block = 1,
            cross_attention_dim = 16,
        });
        Part("vae", "diffusion_pytorch_model", vae, new { block_out_channels = new[] { 32, 32, 64, 64 }, layers_per_block = 1 });
        TinyTokenizer.Write(Path.Combine(folder, "tokenizer"));
        return folder;

        void Part(string part, string stem, nn.Module network, object config)
        {
            Directory.CreateDirectory(Path.Combine(folder, part));
            File.WriteAllText(Path.Combine(folder, part, "config.json"), JsonSerializer.Serialize(config));
            SafetensorsWriter.Write(Path.Combine(folder, part, stem + ".safetensors"), network.named_parameters()
                .Select(item => KeyValuePair.Create(item.name, (Tensor)item.parameter)));
        }
    }
}
