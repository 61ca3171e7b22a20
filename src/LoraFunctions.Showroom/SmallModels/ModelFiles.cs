using System.Text;
using System.Text.Json;
using LoraFunctions.Diffusion.Models;
using LoraFunctions.Diffusion.Safetensors;
using TorchSharp;
using static TorchSharp.torch;

namespace LoraFunctions.Showroom.SmallModels;

/// <summary>The files of a diffusers folder and of a CLIP folder, as the libraries that define them write them.</summary>
internal static class ModelFiles
{
    private static readonly JsonSerializerOptions Json = new() { WriteIndented = true, NewLine = "\n" };

    private static Dictionary<string, string> Metadata { get; } = new(StringComparer.Ordinal) { ["format"] = "pt" };

    public static JsonElement Element(object config) => JsonSerializer.SerializeToElement(config, Json);

    public static void WriteText(string folder, string name, string text)
    {
        string path = Path.Combine(folder, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllBytes(path + ".partial", Encoding.UTF8.GetBytes(text.EndsWith('\n') ? text : text + "\n"));
        File.Move(path + ".partial", path, overwrite: true);
    }

    public static void WriteConfig(string folder, string name, object config) => WriteText(folder, name, JsonSerializer.Serialize(config, Json));

    public static void WriteWeights(string path, IEnumerable<(string Name, Tensor Tensor)> tensors, ScalarType dtype)
    {
        using DisposeScope scope = NewDisposeScope();
        using var grad = no_grad();
        SafetensorsWriter.Write(
            path, tensors.Select(item => KeyValuePair.Create(item.Name, item.Tensor.detach().to(dtype).contiguous())), Metadata);
    }

    public static IEnumerable<(string Name, Tensor Tensor)> Parameters(nn.Module network) =>
        network.named_parameters().Select(item => (item.name, (Tensor)item.parameter));

    /// <summary>A part of a diffusers folder in fp16.</summary>
    public static void WritePart(string folder, string part, string stem, object config, nn.Module network)
    {
        WriteConfig(folder, $"{part}/config.json", config);
        WriteWeights(Path.Combine(folder, part, $"{stem}.safetensors"), Parameters(network), ScalarType.Float16);
    }

    public static void WriteScheduler(string folder) => WriteConfig(folder, "scheduler/scheduler_config.json", new
    {
        _class_name = "DDIMScheduler",
        beta_end = 0.012,
        beta_schedule = "scaled_linear",
        beta_start = 0.00085,
        clip_sample = false,
        num_train_timesteps = 1000,
        prediction_type = "epsilon",
        set_alpha_to_one = false,
        steps_offset = 1,
    });

    public static void WriteIndex(string folder) => WriteConfig(folder, "model_index.json", new Dictionary<string, object?>(StringComparer.Ordinal)
    {
        ["_class_name"] = "StableDiffusionPipeline",
        ["feature_extractor"] = new string?[] { null, null },
        ["requires_safety_checker"] = false,
        ["safety_checker"] = new string?[] { null, null },
        ["scheduler"] = new[] { "diffusers", "DDIMScheduler" },
        ["text_encoder"] = new[] { "transformers", "CLIPTextModel" },
        ["tokenizer"] = new[] { "transformers", "CLIPTokenizer" },
        ["unet"] = new[] { "diffusers", "UNet2DConditionModel" },
        ["vae"] = new[] { "diffusers", "AutoencoderKL" },
    });

    public static object Text(ClipTextConfig config, SmallVocabulary vocabulary) => new
    {
        architectures = new[] { "CLIPTextModel" },
        vocab_size = config.VocabSize,
        hidden_size = config.HiddenSize,
        intermediate_size = config.IntermediateSize,
        num_hidden_layers = config.NumHiddenLayers,
        num_attention_heads = config.NumAttentionHeads,
        max_position_embeddings = config.MaxPositionEmbeddings,
        hidden_act = "quick_gelu",
        layer_norm_eps = config.LayerNormEps,
        bos_token_id = vocabulary.StartId,
        eos_token_id = vocabulary.EndId,
        pad_token_id = vocabulary.EndId,
    };

    public static object Vision(ClipVisionConfig config) => new
    {
        hidden_size = config.HiddenSize,
        intermediate_size = config.IntermediateSize,
        num_hidden_layers = config.NumHiddenLayers,
        num_attention_heads = config.NumAttentionHeads,
        image_size = config.ImageSize,
        patch_size = config.PatchSize,
        num_channels = config.NumChannels,
        hidden_act = "quick_gelu",
        layer_norm_eps = config.LayerNormEps,
    };

    public static object Unet(UNetConfig config, int sampleSize) => new
    {
        _class_name = "UNet2DConditionModel",
        act_fn = "silu",
        attention_head_dim = config.AttentionHeads[0], // the number of heads, as in Stable Diffusion 1's own file
        block_out_channels = config.BlockOutChannels,
        center_input_sample = false,
        cross_attention_dim = config.CrossAttentionDim,
        down_block_types = config.DownAttention.Select(attention => attention ? "CrossAttnDownBlock2D" : "DownBlock2D"),
        downsample_padding = 1,
        flip_sin_to_cos = true,
        freq_shift = 0,
        in_channels = 4,
        layers_per_block = config.LayersPerBlock,
        mid_block_scale_factor = 1,
        norm_eps = config.NormEps,
        norm_num_groups = config.NormNumGroups,
        out_channels = 4,
        sample_size = sampleSize,
        up_block_types = config.UpAttention.Select(attention => attention ? "CrossAttnUpBlock2D" : "UpBlock2D"),
    };

    public static object Vae(VaeConfig config, int sampleSize) => new
    {
        _class_name = "AutoencoderKL",
        act_fn = "silu",
        block_out_channels = config.BlockOutChannels,
        down_block_types = config.BlockOutChannels.Select(_ => "DownEncoderBlock2D"),
        in_channels = 3,
        latent_channels = 4,
        layers_per_block = config.LayersPerBlock,
        mid_block_add_attention = config.MidBlockAttention,
        norm_num_groups = config.NormNumGroups,
        out_channels = 3,
        sample_size = sampleSize,
        scaling_factor = config.ScalingFactor,
        up_block_types = config.BlockOutChannels.Select(_ => "UpDecoderBlock2D"),
    };

    /// <summary>A whole CLIP folder; config.json last.</summary>
    public static void WriteClip(
        string folder, ClipTextModel text, ClipVisionModel vision, Tensor textProjection, Tensor visualProjection, Tensor logitScale, ScalarType dtype)
    {
        SmallVocabulary vocabulary = SmallVocabulary.Shared;
        vocabulary.WriteTo(folder);
        int size = vision.Config.ImageSize;
        WriteConfig(folder, "preprocessor_config.json", new
        {
            crop_size = size,
            do_center_crop = true,
            do_normalize = true,
            do_resize = true,
            image_mean = new[] { 0.48145466, 0.4578275, 0.40821073 },
            image_processor_type = "CLIPImageProcessor",
            image_std = new[] { 0.26862954, 0.26130258, 0.27577711 },
            resample = 3,
            size,
        });
        WriteWeights(
            Path.Combine(folder, "model.safetensors"),
            Parameters(text).Concat(Parameters(vision)).Append(("text_projection.weight", textProjection))
                .Append(("visual_projection.weight", visualProjection)).Append(("logit_scale", logitScale.reshape([]))),
            dtype);
        WriteConfig(folder, "config.json", new
        {
            architectures = new[] { "CLIPModel" },
            model_type = "clip",
            projection_dim = textProjection.shape[0],
            text_config = Text(text.Config, vocabulary),
            vision_config = Vision(vision.Config),
        });
    }
}
