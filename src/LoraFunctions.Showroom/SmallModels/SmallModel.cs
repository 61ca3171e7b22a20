using System.Text;
using System.Text.Json;
using LoraFunctions.Diffusion.Models;
using LoraFunctions.Diffusion.Safetensors;
using TorchSharp;
using static TorchSharp.torch;

namespace LoraFunctions.Showroom.SmallModels;

/// <summary>
/// Writes small models with random weights in the layouts the real ones have, for demos and tests without a download. What they paint is
/// noise and what they recognise is chance; everything else is as with Stable Diffusion 1.5 and CLIP: the same code, the same modules for
/// LoRAs, latents of 1/8 the size, 77 tokens. The same seed gives the same files, byte for byte.
/// </summary>
public static class SmallModel
{
    public const long DefaultSeed = 15;

    private const int TextWidth = 64;
    private const int TextLayers = 3;
    private const int TextHeads = 4;

    private static readonly JsonSerializerOptions Json = new() { WriteIndented = true, NewLine = "\n" };

    /// <summary>
    /// A diffusers folder: <c>model_index.json</c> (last), <c>unet</c>, <c>vae</c>, <c>text_encoder</c>, <c>tokenizer</c>,
    /// <c>scheduler</c>; fp16, about 20 MB.
    /// </summary>
    /// <exception cref="IOException">The folder cannot be written.</exception>
    public static void WriteStableDiffusion(string folder, long seed = DefaultSeed)
    {
        var vocabulary = SmallVocabulary.Shared;
        vocabulary.WriteTo(Path.Combine(folder, "tokenizer"));
        WriteConfig(folder, "scheduler/scheduler_config.json", new
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
        WriteNetwork(folder, "text_encoder", "model", TextConfig("CLIPTextModel", vocabulary),
            config => new ClipTextModel(ClipTextConfig.Parse(config, "text_encoder"), new SmallWeights("text_encoder", seed)));
        WriteNetwork(folder, "unet", "diffusion_pytorch_model", UnetConfig(),
            config => new UNet2DConditionModel(UNetConfig.Parse(config, "unet"), new SmallWeights("unet", seed)));
        WriteNetwork(folder, "vae", "diffusion_pytorch_model", VaeConfiguration(),
            config => new AutoencoderKL(VaeConfig.Parse(config, "vae"), new SmallWeights("vae", seed)));
        WriteConfig(folder, "model_index.json", new Dictionary<string, object?>(StringComparer.Ordinal)
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
    }

    /// <summary>
    /// CLIP in HF layout: <c>vocab.json</c>, <c>merges.txt</c>, <c>preprocessor_config.json</c>, <c>model.safetensors</c>,
    /// <c>config.json</c> (last); fp32, about 2 MB.
    /// </summary>
    /// <exception cref="IOException">The folder cannot be written.</exception>
    public static void WriteClip(string folder, long seed = DefaultSeed)
    {
        const int projection = 32;
        var vocabulary = SmallVocabulary.Shared;
        vocabulary.WriteTo(folder);
        var text = TextConfig("CLIPTextModel", vocabulary);
        var vision = new
        {
            hidden_size = 64,
            intermediate_size = 256,
            num_hidden_layers = 2,
            num_attention_heads = 4,
            image_size = 224,
            patch_size = 32,
            num_channels = 3,
            hidden_act = "quick_gelu",
            layer_norm_eps = 1e-5,
        };
        WriteConfig(folder, "preprocessor_config.json", new
        {
            crop_size = 224,
            do_center_crop = true,
            do_normalize = true,
            do_resize = true,
            image_mean = new[] { 0.48145466, 0.4578275, 0.40821073 },
            image_processor_type = "CLIPImageProcessor",
            image_std = new[] { 0.26862954, 0.26130258, 0.27577711 },
            resample = 3,
            size = 224,
        });

        using var scope = NewDisposeScope();
        var weights = new SmallWeights("clip", seed);
        using var textModel = new ClipTextModel(ClipTextConfig.Parse(Element(text), "text_config"), weights);
        using var visionModel = new ClipVisionModel(ClipVisionConfig.Parse(Element(vision), "vision_config"), weights);
        var tensors = Parameters(textModel).Concat(Parameters(visionModel))
            .Append(("text_projection.weight",
                weights.Create("text_projection.weight", [projection, TextWidth], ParameterKind.LinearWeight)))
            .Append(("visual_projection.weight", weights.Create("visual_projection.weight", [projection, 64], ParameterKind.LinearWeight)))
            .Append(("logit_scale", tensor(MathF.Log(100))));
        SafetensorsWriter.Write(
            Path.Combine(folder, "model.safetensors"), tensors.Select(item => KeyValuePair.Create(item.Item1, item.Item2)), Metadata);
        WriteConfig(folder, "config.json",
            new
            {
                architectures = new[] { "CLIPModel" },
                model_type = "clip",
                projection_dim = projection,
                text_config = text,
                vision_config = vision,
            });
    }

    internal static void WriteText(string folder, string name, string text)
    {
        var path = Path.Combine(folder, name);
        File.WriteAllBytes(path + ".partial", Encoding.UTF8.GetBytes(text.EndsWith('\n') ? text : text + "\n"));
        File.Move(path + ".partial", path, overwrite: true);
    }

    private static Dictionary<string, string> Metadata { get; } = new(StringComparer.Ordinal) { ["format"] = "pt" };

    private static object TextConfig(string architecture, SmallVocabulary vocabulary) => new
    {
        architectures = new[] { architecture },
        vocab_size = vocabulary.Count,
        hidden_size = TextWidth,
        intermediate_size = TextWidth * 4,
        num_hidden_layers = TextLayers,
        num_attention_heads = TextHeads,
        max_position_embeddings = 77,
        hidden_act = "quick_gelu",
        layer_norm_eps = 1e-5,
        bos_token_id = vocabulary.StartId,
        eos_token_id = vocabulary.EndId,
        pad_token_id = vocabulary.EndId,
    };

    private static object UnetConfig() => new
    {
        _class_name = "UNet2DConditionModel",
        act_fn = "silu",
        attention_head_dim = 2, // the number of heads, as in Stable Diffusion 1's own file
        block_out_channels = new[] { 32, 64, 128, 128 },
        center_input_sample = false,
        cross_attention_dim = TextWidth,
        down_block_types = new[] { "CrossAttnDownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D", "DownBlock2D" },
        downsample_padding = 1,
        flip_sin_to_cos = true,
        freq_shift = 0,
        in_channels = 4,
        layers_per_block = 2,
        mid_block_scale_factor = 1,
        norm_eps = 1e-5,
        norm_num_groups = 32,
        out_channels = 4,
        sample_size = 64,
        up_block_types = new[] { "UpBlock2D", "CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "CrossAttnUpBlock2D" },
    };

    private static object VaeConfiguration() => new
    {
        _class_name = "AutoencoderKL",
        act_fn = "silu",
        block_out_channels = new[] { 32, 32, 64, 64 },
        down_block_types = new[] { "DownEncoderBlock2D", "DownEncoderBlock2D", "DownEncoderBlock2D", "DownEncoderBlock2D" },
        in_channels = 3,
        latent_channels = 4,
        layers_per_block = 1,
        norm_num_groups = 8,
        out_channels = 3,
        sample_size = 512,
        scaling_factor = 0.18215,
        up_block_types = new[] { "UpDecoderBlock2D", "UpDecoderBlock2D", "UpDecoderBlock2D", "UpDecoderBlock2D" },
    };

    private static void WriteNetwork(string folder, string part, string stem, object config, Func<JsonElement, nn.Module> build)
    {
        WriteConfig(folder, $"{part}/config.json", config);
        using var scope = NewDisposeScope();
        using var network = build(Element(config));
        SafetensorsWriter.Write(
            Path.Combine(folder, part, $"{stem}.safetensors"),
            Parameters(network).Select(item => KeyValuePair.Create(item.Name, item.Tensor.to(ScalarType.Float16))),
            Metadata);
    }

    private static IEnumerable<(string Name, Tensor Tensor)> Parameters(nn.Module network) =>
        network.named_parameters().Select(item => (item.name, (Tensor)item.parameter));

    private static JsonElement Element(object config) => JsonSerializer.SerializeToElement(config, Json);

    private static void WriteConfig(string folder, string name, object config)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Path.Combine(folder, name))!);
        WriteText(folder, name, JsonSerializer.Serialize(config, Json));
    }
}
