namespace LoraFunctions.Diffusion.Training;

/// <summary>What a caption becomes each time it is shown: sometimes nothing, sometimes with its tags in another order.</summary>
internal static class CaptionAugmentation
{
    /// <param name="draw">Counts the times any caption of this training was shown; decides everything random together with the seed.</param>
    public static string Apply(string caption, LoraTrainingOptions options, long draw)
    {
        if (options.CaptionDropout > 0 && TrainingRandom.Uniform(options.Seed, "caption dropout", draw) < options.CaptionDropout)
        {
            return string.Empty;
        }

        if (!options.ShuffleCaption)
        {
            return caption;
        }

        var tags = caption.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        var kept = tags.Take(options.KeepTokens);
        var mixed = tags.Skip(options.KeepTokens).ToArray();
        var order = TrainingRandom.Permutation(mixed.Length, options.Seed, "caption order", draw);
        return string.Join(", ", kept.Concat(order.Select(i => mixed[i])));
    }
}
