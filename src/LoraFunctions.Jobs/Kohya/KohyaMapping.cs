using System.Text.RegularExpressions;

namespace LoraFunctions.Jobs.Kohya;

/// <summary>Takes over the settings that have a counterpart: here the base model and the network, the rest part by part.</summary>
internal static partial class KohyaMapping
{
    /// <summary>sd-scripts' defaults where ours differ.</summary>
    private const int DefaultRank = 4;
    private const double DefaultAlpha = 1;

    /// <returns>The LoRA's name and the captions that were written, if any.</returns>
    /// <exception cref="InvalidJobInputException">Captions that were asked for cannot be written.</exception>
    public static (string? Name, string? Metadata) Map(KohyaTransfer to, bool writeCaptions)
    {
        Model(to);
        var (photos, metadata) = KohyaDataset.Map(to, writeCaptions);
        Network(to);
        KohyaOptimizer.Map(to);
        KohyaRun.Map(to, photos);
        var name = to.Settings.TakeText("output_name");
        if (name is not null)
        {
            to.Draft.Fine(name, "the LoRA is called by the YAML's file name, or by --name");
        }

        return (name?.Text, metadata);
    }

    private static void Model(KohyaTransfer to)
    {
        if (to.Settings.TakeText("pretrained_model_name_or_path") is not { } model)
        {
            to.Draft.Warn("base_model: pretrained_model_name_or_path is missing; name Stable Diffusion 1.5, a .safetensors file or a diffusers folder.");
        }
        else
        {
            to.SetPath("base_model", model);
            if (to.FullPath(model) is { } path && !Path.Exists(path) && HubName().IsMatch(model.Text))
            {
                to.Draft.Warn(model, "looks like a name at Hugging Face; nothing is downloaded here, so fetch it and name its folder.");
            }

            if (Path.GetExtension(model.Text) is ".ckpt" or ".pt")
            {
                to.Draft.Warn(model, "is a PyTorch pickle, which can run code when read; convert it to .safetensors and name that.");
            }
        }

        if (to.Settings.TakeText("model_train_type") is { } type)
        {
            to.TellOrWarn(type, type.Text is "sd-lora", "this trains LoRAs for Stable Diffusion 1.5 only.");
        }
    }

    private static void Network(KohyaTransfer to)
    {
        var arguments = to.Arguments("network_args", "network_args_custom");
        var conv = new Dictionary<string, KohyaSetting?>(StringComparer.Ordinal) { ["conv_dim"] = to.Settings.Take("conv_dim"), ["conv_alpha"] = to.Settings.Take("conv_alpha") };
        var algorithm = to.Settings.TakeText("lycoris_algo");
        foreach (var argument in arguments)
        {
            if (conv.ContainsKey(argument.Key))
            {
                conv[argument.Key] = argument;
            }
            else if (argument.Key == "algo")
            {
                algorithm = argument;
            }
            else if (!argument.IsOff)
            {
                to.Draft.Warn(argument, "is an argument of the network that has no counterpart.");
            }
        }

        if (to.Settings.TakeText("network_module") is { } module)
        {
            var isLora = module.Text is "networks.lora" || (module.Text is "lycoris.kohya" && algorithm?.Text is null or "lora" or "locon");
            to.TellOrWarn(module, isLora, "is no LoRA or LoCon; a LoRA of this rank is trained instead.");
        }

        if (algorithm is not null)
        {
            to.TellOrWarn(algorithm, algorithm.Text is "lora" or "locon", "only LoRA and LoCon are trained here.");
        }

        to.Number("lora_rank", "network_dim", otherwise: DefaultRank);
        to.Number("lora_alpha", "network_alpha", otherwise: DefaultAlpha);
        to.Number("lora_dropout", "network_dropout", otherwise: 0);
        var convolves = conv["conv_dim"] is { IsOff: false };
        string[] modules = ["attention", "feed_forward", "projections", .. convolves ? ["convolutions"] : Array.Empty<string>()];
        to.Draft.Set("target_modules", modules, convolves ? conv["conv_dim"] : null);
        if (convolves)
        {
            to.Number("conv_rank", conv["conv_dim"]);
            to.Number("conv_alpha", conv["conv_alpha"], otherwise: DefaultAlpha);
        }
    }

    [GeneratedRegex(@"^[\w.-]+/[\w.-]+$", RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex HubName();
}
