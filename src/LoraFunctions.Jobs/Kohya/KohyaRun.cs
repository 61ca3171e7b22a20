namespace LoraFunctions.Jobs.Kohya;

/// <summary>Batches, length, precision, checkpoints and samples.</summary>
internal static class KohyaRun
{
    // sd-scripts' defaults.
    private const int DefaultBatchSize = 1;
    private const int DefaultSteps = 1600;

    public static void Map(KohyaTransfer to, KohyaPhotos? photos)
    {
        var (batch, accumulation) = (to.Settings.Take("batch_size", "train_batch_size"), to.Settings.Take("gradient_accumulation_steps"));
        to.Number("batch_size", batch, otherwise: DefaultBatchSize);
        to.Number("gradient_accumulation", accumulation is { IsOff: true } ? null : accumulation);
        to.Flag("gradient_checkpointing", "gradient_checkpointing");
        var precision = to.Settings.TakeText("mixed_precision");
        to.Draft.Set("precision", precision?.Text switch { null or "no" => "fp32", var text => text }, precision);
        to.Number("seed", "seed");
        to.Number("save_steps", to.Settings.Take("save_every_n_steps") is { IsOff: false } every ? every : null);
        to.Number("min_snr_gamma", to.Settings.Take("min_snr_gamma") is { IsOff: false } gamma ? gamma : null);
        to.Flag("debiased_estimation_loss", "debiased_estimation_loss");
        to.Number("noise_offset", to.Settings.Take("noise_offset") is { IsOff: false } offset ? offset : null);
        if (to.Settings.TakeText("output_dir") is { } output)
        {
            to.SetPath("output_dir", output);
        }
        else
        {
            to.Draft.Warn("output_dir: is missing; name the folder that gets the LoRA.");
        }

        Length(to, photos, batch, accumulation);
        Samples(to);
    }

    private static void Length(KohyaTransfer to, KohyaPhotos? photos, KohyaSetting? batch, KohyaSetting? accumulation)
    {
        var (epochs, steps, gui) = (to.Settings.Take("max_train_epochs"), to.Settings.Take("max_train_steps"), to.Settings.Take("epoch"));
        if (gui is { IsOff: false } && epochs is not { IsOff: false } && (steps is null || photos is not { Count: > 0 }))
        {
            // What kohya's GUI makes max_train_steps of.
            (epochs, gui) = (gui, null);
        }

        if (gui is not null)
        {
            to.Draft.Fine(gui, "the GUI's own; sd-scripts goes by max_train_epochs and max_train_steps");
        }

        if (epochs is { IsOff: false })
        {
            to.Number("epochs", epochs);
            if (steps is not null)
            {
                to.Draft.Fine(steps, $"{epochs.Key} goes before it");
            }

            return;
        }

        var wanted = steps?.Number ?? DefaultSteps;
        var perStep = (batch?.Number ?? DefaultBatchSize) * Math.Max(1, accumulation?.Number ?? 1);
        var about = $"{(steps is null ? $"max_train_steps = {DefaultSteps} (sd-scripts' default)" : $"{steps.Place}: {steps}")}: training ends after epochs, not steps; ";
        if (photos is { Count: > 0 } && perStep >= 1)
        {
            var seen = photos.Count * (to.Draft.Number("repeats") ?? 1);
            to.Draft.Set("epochs", (long)Math.Ceiling(wanted / Math.Ceiling(seen / perStep)), steps);
            to.Draft.Warn($"{about}epochs follows from the {photos.Count} photos that are there now.");
        }
        else
        {
            to.Draft.Warn($"{about}set epochs to {wanted} * batch_size * gradient_accumulation / (photos * repeats).");
        }
    }

    private static void Samples(KohyaTransfer to)
    {
        var every = to.Settings.Take("sample_every_n_epochs");
        var prompts = to.Settings.TakeText("sample_prompts", "prompt_file") ?? to.Settings.TakeText("positive_prompts");
        to.Settings.Take("positive_prompts");
        var isOn = every is { IsOff: false } && prompts is not null && !(to.Settings.Take("enable_preview") is { Flag: false });
        if (!isOn)
        {
            to.Draft.Set("sample_every_epochs", 0, every);
            foreach (var unused in new[] { prompts, to.Settings.Take("sample_steps") }.OfType<KohyaSetting>())
            {
                to.Draft.Fine(unused, "no sample pictures are made");
            }

            return;
        }

        to.Number("sample_every_epochs", every);
        to.Number("sample_steps", "sample_steps");
        var file = to.FullPath(prompts!);
        var isFile = prompts!.Text.Length < 1000 && File.Exists(file);
        if (!isFile && prompts.Text.EndsWith(".txt", StringComparison.OrdinalIgnoreCase))
        {
            to.Draft.Warn(prompts, "there is no such file; sample pictures show the photos' captions.");
            return;
        }

        // "a car --n blurry --w 512": what stands behind the dashes is fixed here.
        var text = isFile ? File.ReadAllText(file!) : prompts.Text;
        string[] lines = [.. text.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Where(l => l[0] != '#')];
        to.Draft.Set("sample_prompts", lines.Select(l => l.Split(" --", 2)[0].Trim()).Where(l => l.Length > 0).ToArray(), prompts);
        to.Draft.Set("sample_count", Math.Max(1, lines.Length), prompts);
        if (lines.Any(l => l.Contains(" --", StringComparison.Ordinal)))
        {
            to.Draft.Warn(prompts, "negative prompts, sizes, seeds and steps behind the prompts are not taken over; they are fixed here.");
        }
    }
}
