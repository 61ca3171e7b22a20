namespace LoraFunctions.Jobs.Training.Import;

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
