using System.Text.Json;
using LoraFunctions.Diffusion.Models;

namespace LoraFunctions.Diffusion.Checkpoints;

/// <summary>Recognises files that are no Stable Diffusion 1, so that they get one line that says what they are.</summary>
internal static class Architecture
{
    private const string Advice = "This engine runs Stable Diffusion 1.x checkpoints (1.5 and what was made from it).";

    /// <exception cref="CheckpointException">The single file is something else.</exception>
    public static void DemandSd1(TensorFiles files)
    {
        bool Any(params ReadOnlySpan<string> parts)
        {
            foreach (var part in parts)
            {
                if (files.Names.Any(name => name.StartsWith(part, StringComparison.Ordinal)))
                {
                    return true;
                }
            }

            return false;
        }

        var isLdm = Any(LdmNames.UnetPrefix);
        var found =
            Any("conditioner.embedders.") ? "a Stable Diffusion XL checkpoint"
            : Any("cond_stage_model.model.") || Context(files) == 1024
                ? "a Stable Diffusion 2 checkpoint (its prompts are 1024 wide, not 768)"
            : Any("model.diffusion_model.joint_blocks.", "text_encoders.") ? "a Stable Diffusion 3 checkpoint"
            : Any("model.diffusion_model.double_blocks.", "double_blocks.") ? "a Flux checkpoint"
            : isLdm ? null
            : files.Names.Any(name => name.Contains("lora", StringComparison.OrdinalIgnoreCase)) ? "a LoRA, not a base model"
            : Any("control_model.") ? "a ControlNet"
            : Any("text_model.", "vision_model.", "visual_projection.")
                ? "one part of a model (CLIP), not a whole one; give the folder it lies in"
            : Any("down_blocks.", "encoder.down_blocks.")
                ? "one part of a diffusers folder, not a whole model; give the folder that holds model_index.json"
            : $"no Stable Diffusion checkpoint (it has no {LdmNames.UnetPrefix}...; it begins with "
                + $"'{CheckpointException.Printable(files.Names.Order(StringComparer.Ordinal).FirstOrDefault() ?? "nothing")}')";
        if (found is not null)
        {
            throw new CheckpointException($"{files.Name}: is {found}. {Advice}");
        }
    }

    /// <exception cref="CheckpointException">The folder's pipeline is something else.</exception>
    public static void DemandSd1(string folder)
    {
        var index = Path.Combine(folder, "model_index.json");
        var pipeline = File.Exists(index) && JsonFile.Read(index) is { ValueKind: JsonValueKind.Object } json
            && json.TryGetProperty("_class_name", out var name) ? name.ToString() : "StableDiffusionPipeline";
        var known = pipeline is "StableDiffusionPipeline" or "StableDiffusionImg2ImgPipeline";
        var isXl = pipeline.Contains("XL", StringComparison.Ordinal) || Directory.Exists(Path.Combine(folder, "text_encoder_2"));
        if (!known || isXl)
        {
            throw new CheckpointException(
                $"{folder}: is {(isXl ? "a Stable Diffusion XL model" : $"a {CheckpointException.Printable(pipeline)}")}. {Advice}");
        }

        foreach (var part in new[] { "unet", "text_encoder", "vae" }.Select(part => Path.Combine(folder, part, "config.json")))
        {
            if (!File.Exists(part))
            {
                throw new CheckpointException($"{folder}: is no diffusers folder: there is no {part}.");
            }
        }
    }

    /// <exception cref="CheckpointException">The folder's UNet is another model's.</exception>
    public static void DemandSd1Unet(JsonElement config, string file)
    {
        if (config.ValueKind != JsonValueKind.Object)
        {
            return; // the parser says what is wrong with it
        }

        var isXl = config.TryGetProperty("addition_embed_type", out var addition) && addition.ValueKind == JsonValueKind.String
            && addition.GetString() == "text_time";
        var isTwo = config.TryGetProperty("cross_attention_dim", out var width) && width.ValueKind == JsonValueKind.Number
            && width.TryGetInt64(out var number) && number == 1024;
        if (isXl || isTwo)
        {
            throw new CheckpointException(
                $"{file}: belongs to Stable Diffusion {(isXl ? "XL" : "2 (cross_attention_dim 1024, not 768)")}. {Advice}");
        }
    }

    /// <exception cref="CheckpointException">The networks do not belong together, or to text-to-image.</exception>
    public static void DemandFitting(UNetConfig unet, ClipTextConfig text, VaeConfig vae, string model)
    {
        if (unet.InChannels != unet.OutChannels)
        {
            var kind = unet.InChannels == (unet.OutChannels * 2) + 1 ? "an inpainting model" : "not a text-to-image model";
            throw new CheckpointException(
                $"{model}: is {kind}: its UNet takes {unet.InChannels} channels and gives {unet.OutChannels}. {Advice}");
        }

        if (unet.CrossAttentionDim != text.HiddenSize || unet.InChannels != vae.LatentChannels)
        {
            throw new CheckpointException(
                $"{model}: its parts do not fit together: the UNet attends to prompts {unet.CrossAttentionDim} wide and latents of "
                    + $"{unet.InChannels} channels; the text encoder gives {text.HiddenSize}, the VAE {vae.LatentChannels}.");
        }
    }

    private static long? Context(TensorFiles files)
    {
        const string key = LdmNames.UnetPrefix + "middle_block.1.transformer_blocks.0.attn2.to_k.weight";
        return files.Find(key)?.ByName[key].Shape is [_, var width] ? width : null;
    }
}
