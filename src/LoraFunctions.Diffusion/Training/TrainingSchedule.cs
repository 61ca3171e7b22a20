namespace LoraFunctions.Diffusion.Training;

/// <summary>
/// Which pictures each forward pass sees: every epoch all of them (times their repeats) in a new order, pictures of one size together.
/// A pure function of its inputs, so a position in it, batches seen before, is one number; and where steps and epochs lie in it.
/// </summary>
internal sealed class TrainingSchedule
{
    private readonly IReadOnlyList<(int Example, (long Height, long Width) Size)> _entries;
    private readonly LoraTrainingOptions _options;
    private readonly long _totalBatches;
    private (int Epoch, int[][] Batches) _last = (-1, []);

    /// <param name="examples">Latent size and repeats of every picture.</param>
    public TrainingSchedule(IReadOnlyList<((long Height, long Width) Size, int Repeats)> examples, LoraTrainingOptions options)
    {
        _entries = [.. examples.SelectMany((e, i) => Enumerable.Repeat((i, e.Size), e.Repeats))];
        _options = options;
        BatchesPerEpoch = _entries.GroupBy(e => e.Size).Sum(g => (g.Count() + options.BatchSize - 1) / options.BatchSize);
        _totalBatches = (long)BatchesPerEpoch * options.Epochs;
        TotalSteps = (_totalBatches + options.GradientAccumulation - 1) / options.GradientAccumulation;
    }

    public static TrainingSchedule Of(LoraTrainingRun run) => new([.. run.Examples.Select(e => (e.Latents.Size, e.Repeats))], run.Options);

    public int BatchesPerEpoch { get; }

    public long TotalSteps { get; }

    /// <summary>Indices of the pictures of the batch at this position.</summary>
    public IReadOnlyList<int> BatchAt(long position)
    {
        var epoch = (int)(position / BatchesPerEpoch);
        if (_last.Epoch != epoch)
        {
            _last = (epoch, Epoch(epoch));
        }

        return _last.Batches[(int)(position % BatchesPerEpoch)];
    }

    /// <summary>Positions of the batches of the optimizer step after so many steps; the last step may have fewer.</summary>
    public IEnumerable<long> PositionsOf(long step)
    {
        var first = step * _options.GradientAccumulation;
        for (var position = first; position < Math.Min(first + _options.GradientAccumulation, _totalBatches); position++)
        {
            yield return position;
        }
    }

    /// <summary>Epochs finished after so many steps.</summary>
    public int EpochsAfter(long steps) => (int)(Math.Min(steps * _options.GradientAccumulation, _totalBatches) / BatchesPerEpoch);

    /// <summary>The last of so many steps finished an epoch.</summary>
    public bool EndsEpochAt(long steps) => steps > 0 && EpochsAfter(steps) > EpochsAfter(steps - 1);

    /// <summary>1-based, of the last batch of the last of so many steps.</summary>
    public int EpochOf(long steps) => (int)((Math.Min(steps * _options.GradientAccumulation, _totalBatches) - 1) / BatchesPerEpoch) + 1;

    /// <summary>
    /// Learning-rate factors in the step after so many, the same as transformers' <c>get_scheduler</c>, which kohya's and diffusers'
    /// trainers use: a straight rise from 0 over the warm-up, whose first step has the factor 0, then the scheduler's curve.
    /// </summary>
    public static double LearningRateFactor(LearningRateScheduler scheduler, long step, long warmupSteps, long totalSteps)
    {
        if (step < warmupSteps)
        {
            return (double)step / Math.Max(1, warmupSteps);
        }

        var progress = (double)(step - warmupSteps) / Math.Max(1, totalSteps - warmupSteps);
        return scheduler switch
        {
            LearningRateScheduler.Cosine => Math.Max(0, 0.5 * (1 + Math.Cos(Math.PI * progress))),
            LearningRateScheduler.Linear => Math.Max(0, 1 - progress),
            _ => 1,
        };
    }

    private int[][] Epoch(int epoch)
    {
        var batches = TrainingRandom.Permutation(_entries.Count, _options.Seed, "order of pictures", epoch)
            .Select(i => _entries[i])
            .GroupBy(e => e.Size)
            .SelectMany(g => g.Select(e => e.Example).Chunk(_options.BatchSize))
            .ToArray();
        return [.. TrainingRandom.Permutation(batches.Length, _options.Seed, "order of batches", epoch).Select(i => batches[i])];
    }
}
