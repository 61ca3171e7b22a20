using LoraFunctions.Jobs.Labelling;
using LoraFunctions.Jobs.Training.Data;

namespace LoraFunctions.Jobs.Kohya;

/// <summary>Photos, captions and sizes.</summary>
internal static class KohyaDataset
{
    /// <summary>Sides of photos; ours may be multiples of it only.</summary>
    private const int SquareStep = 64;
    private const int SideStep = 8;

    /// <returns>The photos, where they are on this machine, and the captions that were written.</returns>
    /// <exception cref="InvalidJobInputException">Captions that were asked for cannot be written.</exception>
    public static (KohyaPhotos? Photos, string? Metadata) Map(KohyaTransfer to, bool writeCaptions)
    {
        var (photos, metadata) = ((KohyaPhotos?)null, (string?)null);
        var extension = to.Settings.TakeText("caption_extension", "caption_extention");
        var (given, repeats) = (to.Settings.TakeText("image_dir", "train_data_dir"), to.Settings.Take("num_repeats", "dataset_repeats"));
        var classTokens = to.Settings.TakeText("class_tokens");
        if (given is null)
        {
            to.Draft.Warn("train_data_dir: is missing; name the folder of the photos.");
        }
        else if (to.FullPath(given) is { } folder && KohyaPhotos.Find(folder) is { } found)
        {
            photos = found;
            found.Warnings.ToList().ForEach(to.Draft.Warn);
            to.Draft.Set("train_data_dir", to.InYaml(found.Folder), given);
            metadata = writeCaptions ? found.WriteCaptions(extension?.Text ?? KohyaPhotos.DefaultCaptionExtension, classTokens?.Text) : null;
            if (extension is null && found.CaptionsPassedOver(KohyaPhotos.DefaultCaptionExtension) is > 0 and var passedOver)
            {
                to.Draft.Warn(
                    $"caption_extension is not set, so sd-scripts reads {KohyaPhotos.DefaultCaptionExtension} files and passes over the "
                    + $"{KohyaPhotos.UsualCaptionExtension} beside {passedOver} photos; for those, write caption_extension = "
                    + $"\"{KohyaPhotos.UsualCaptionExtension}\" into the TOML and import again.");
            }

            if (metadata is null && !File.Exists(Path.Combine(found.Folder, LabelFiles.Metadata)))
            {
                to.Draft.Warn($"{given.Place}: {given}: holds no {LabelFiles.Metadata}, where captions are read from; import again with --captions, or let 'lora label' write it.");
            }
        }
        else
        {
            to.SetPath("train_data_dir", given);
            to.Draft.Warn(
                given,
                "is no folder on this machine. If the photos lie in {repeats}_{class} below it, set train_data_dir to that folder and repeats to its number; "
                + "captions are read from metadata.csv in it.");
        }

        if ((repeats?.Number ?? photos?.Repeats) is { } times)
        {
            to.Draft.Set("repeats", times, repeats ?? given);
        }

        if (extension is not null)
        {
            to.Draft.Fine(extension, $"captions are read from {LabelFiles.Metadata}{(metadata is null ? "" : ", which was written from them")}");
        }

        if (classTokens is not null)
        {
            to.TellOrWarn(classTokens, metadata is not null, "captions are read from metadata.csv, where every photo has its own.", "is in metadata.csv for photos without a caption");
        }

        Size(to);
        to.Flag("flip", "flip_aug");
        to.Flag("shuffle_caption", "shuffle_caption");
        to.Number("keep_tokens", "keep_tokens", otherwise: 0);
        to.Number("caption_dropout", "caption_dropout_rate");
        to.Number("validation_share", "validation_split", otherwise: 0);
        to.Number("validate_every_epochs", "validate_every_n_epochs");
        if (to.Settings.TakeText("caption_prefix") is { } prefix)
        {
            to.Draft.Set("trigger_words", prefix.Text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries), prefix);
        }

        return (photos, metadata);
    }

    private static void Size(KohyaTransfer to)
    {
        if (to.Settings.Take("resolution") is { } resolution)
        {
            double[] sides = [.. resolution.Text.Split([',', 'x'], StringSplitOptions.TrimEntries).Select(s => double.TryParse(s, out var side) ? side : 0)];
            if (sides.Length is not (1 or 2) || sides.Any(s => s is < 1 or > 1e6))
            {
                to.Draft.Warn(resolution, "is no size in pixels, such as 512 or \"512,512\".");
            }
            else
            {
                var isSquare = sides[0] == sides[^1];
                var step = isSquare ? SquareStep : SideStep;
                var edges = sides.Select(s => (int)Math.Max(1, Math.Round(s / step)) * step).ToArray();
                to.Draft.Set("resolution", isSquare ? edges[0] : new TrainingSize(edges[0], edges[1]), resolution);
                if (!sides.SequenceEqual(edges.Select(e => (double)e)))
                {
                    to.Draft.Warn(resolution, $"photos are trained at about {edges[0]} x {edges[^1]} pixels, in their own shape where buckets are on.");
                }
            }
        }

        // Off by default there.
        to.Draft.Set("buckets", to.Settings.Take("enable_bucket") is { } bucket ? bucket.Flag ?? false : (object)false, to.Settings.Take("enable_bucket"));
        to.Number("bucket_step", "bucket_reso_steps");
        foreach (var side in new[] { to.Settings.Take("min_bucket_reso"), to.Settings.Take("max_bucket_reso") }.OfType<KohyaSetting>())
        {
            to.Draft.Fine(side, "buckets reach from half the resolution to twice");
        }
    }
}
