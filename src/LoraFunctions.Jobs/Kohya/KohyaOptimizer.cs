using System.Text.RegularExpressions;

namespace LoraFunctions.Jobs.Kohya;

/// <summary>Learning rates and the optimizer.</summary>
internal static partial class KohyaOptimizer
{
    /// <summary>sd-scripts' default.</summary>
    private const double DefaultLearningRate = 2e-6;

    public static void Map(KohyaTransfer to)
    {
        var (common, unet, text) = (to.Settings.TakeText("learning_rate"), to.Settings.TakeText("unet_lr"), to.Settings.TakeText("text_encoder_lr"));
        to.Number("learning_rate", unet ?? common, otherwise: DefaultLearningRate);
        if (unet is not null && text is not null && common is not null)
        {
            to.Draft.Fine(common, $"{unet.Key} and {text.Key} go before it");
        }

        var unetOnly = to.Settings.Take("network_train_unet_only");
        text ??= common;
        if (unetOnly?.Flag == true || text is { IsOff: true })
        {
            to.Draft.Set("text_encoder_learning_rate", "none", unetOnly?.Flag == true ? unetOnly : text);
        }
        else if (text is { Value: IReadOnlyList<object> { Count: > 0 } list })
        {
            // One for each text encoder; Stable Diffusion 1.5 has one.
            to.Number("text_encoder_learning_rate", text with { Value = list[0] });
        }
        else
        {
            to.Number("text_encoder_learning_rate", text, otherwise: DefaultLearningRate);
        }

        var type = to.Settings.TakeText("optimizer_type");
        var old = to.Settings.Take("use_8bit_adam");
        if (old is { Flag: true })
        {
            to.Draft.Fine(old, "AdamW, its state in fp32");
        }

        if (to.Settings.Take("use_lion_optimizer") is { Flag: true } lion)
        {
            to.Draft.Warn(lion, "the optimizer is AdamW; Lion's learning rate is about a fifth of what AdamW wants.");
        }

        if (type is not null)
        {
            to.TellOrWarn(
                type,
                AdamW().IsMatch(type.Text),
                "the optimizer is AdamW; a learning rate for another one does not fit it (1e-4 to 2e-4 is usual).",
                "AdamW, its state in fp32");
        }

        foreach (var argument in to.Arguments("optimizer_args", "optimizer_args_custom"))
        {
            Argument(to, argument);
        }

        if (to.Settings.Take("max_grad_norm") is { } norm)
        {
            to.Draft.Set("max_grad_norm", norm.IsOff ? "none" : (object?)norm.Number ?? norm.Text, norm);
        }

        KohyaSchedule.Map(to.Settings, to.Draft);
    }

    private static void Argument(KohyaTransfer to, KohyaSetting argument)
    {
        switch (argument.Key)
        {
            case "weight_decay":
                to.Number("weight_decay", argument);
                break;
            case "eps":
                to.Number("adam_epsilon", argument);
                break;
            case "betas" when argument.Text.Trim('(', ')', '[', ']').Split(',') is [var first, var second]:
                to.Number("adam_beta1", argument with { Value = first.Trim() });
                to.Number("adam_beta2", argument with { Value = second.Trim() });
                break;
            default:
                to.Draft.Warn(argument, "is an argument of the optimizer that has no counterpart.");
                break;
        }
    }

    [GeneratedRegex("^(?:Paged)?AdamW(?:8bit|32bit)?$", RegexOptions.CultureInvariant | RegexOptions.IgnoreCase, matchTimeoutMilliseconds: 1000)]
    private static partial Regex AdamW();
}

/// <summary>How the learning rate goes: sd-scripts names transformers' schedulers, of which three are built here.</summary>
internal static class KohyaSchedule
{
    private const string Constant = "constant";
    private const string Cosine = "cosine";
    private const string Linear = "linear";

    public static void Map(KohyaSettings settings, YamlDraft draft)
    {
        var (scheduler, cycles, power) = (settings.TakeText("lr_scheduler"), settings.Take("lr_scheduler_num_cycles", "lr_restart_cycles"), settings.Take("lr_scheduler_power"));
        switch (scheduler?.Text)
        {
            case null or Constant:
                break;
            case "constant_with_warmup":
                draft.Set("lr_scheduler", Constant, scheduler);
                break;
            case Cosine or Linear:
                draft.Set("lr_scheduler", scheduler.Text, scheduler);
                break;
            case "cosine_with_restarts":
                draft.Set("lr_scheduler", Cosine, scheduler);
                if (cycles is { Number: > 1 })
                {
                    draft.Warn(cycles, "the cosine goes down once, without restarts.");
                }

                break;
            case "polynomial":
                draft.Set("lr_scheduler", Linear, scheduler);
                if (power?.Number is { } exponent && exponent != 1)
                {
                    draft.Warn(power, "the learning rate falls in a straight line.");
                }

                break;
            default:
                draft.Warn(scheduler, $"is not built here; the learning rate stays constant. Known are {Constant}, {Cosine} and {Linear}.");
                break;
        }

        foreach (var setting in new[] { cycles, power }.OfType<KohyaSetting>().Where(s => s.Number is 1 or 0 || !IsFor(s, scheduler?.Text)))
        {
            draft.Fine(setting, "of no meaning with this scheduler");
        }

        Warmup(settings, draft, scheduler?.Text ?? Constant);
    }

    private static void Warmup(KohyaSettings settings, YamlDraft draft, string scheduler)
    {
        if (settings.Take("lr_warmup_steps") is not { IsOff: false } warmup)
        {
            return;
        }

        if (scheduler == Constant)
        {
            // transformers' "constant" has no warm-up.
            draft.Fine(warmup, "lr_scheduler = constant has no warm-up there");
        }
        else if (warmup.Number is > 0 and < 1)
        {
            draft.Warn(warmup, "is a share of all steps; set lr_warmup_steps to a number of steps.");
        }
        else
        {
            draft.Set("lr_warmup_steps", (object?)warmup.Number ?? warmup.Text, warmup);
        }
    }

    private static bool IsFor(KohyaSetting setting, string? scheduler) =>
        setting.Key == "lr_scheduler_power" ? scheduler == "polynomial" : scheduler == "cosine_with_restarts";
}
