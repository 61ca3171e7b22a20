namespace LoraFunctions.Diffusion.Training;

/// <summary>
/// Which pictures each forward pass sees: every epoch all of them (times their repeats) in a new order, pictures of one size together.
/// A pure function of its inputs, so a position in it is one number.
/// </summary>
internal sealed class BatchPlan
{
    private readonly IReadOnlyList<(int Example, (long Height, long Width) Size)> _entries;
    private readonly int _batchSize;
    private readonly long _seed;
    private (int Epoch, int[][] Batches) _last = (-1, []);

    /// <param name="examples">Latent size and repeats of every picture.</param>
    public BatchPlan(IReadOnlyList<((long Height, long Width) Size, int Repeats)> examples, int batchSize, long seed)
    {
        _entries = [.. examples.SelectMany((e, i) => Enumerable.Repeat((i, e.Size), e.Repeats))];
        _batchSize = batchSize;
        _seed = seed;
        BatchesPerEpoch = _entries.GroupBy(e => e.Size).Sum(g => (g.Count() + batchSize - 1) / batchSize);
    }

    public static BatchPlan Of(LoraTrainingRun run) =>
        new([.. run.Examples.Select(e => (e.Latents.Size, e.Repeats))], run.Options.BatchSize, run.Options.Seed);

    public int BatchesPerEpoch { get; }

    /// <summary>Indices of the pictures of the batch at this position, counted over all epochs.</summary>
    public IReadOnlyList<int> At(long position)
    {
        var epoch = (int)(position / BatchesPerEpoch);
        if (_last.Epoch != epoch)
        {
            _last = (epoch, Epoch(epoch));
        }

        return _last.Batches[(int)(position % BatchesPerEpoch)];
    }

    private int[][] Epoch(int epoch)
    {
        var batches = TrainingRandom.Permutation(_entries.Count, _seed, "order of pictures", epoch)
            .Select(i => _entries[i])
            .GroupBy(e => e.Size)
            .SelectMany(g => g.Select(e => e.Example).Chunk(_batchSize))
            .ToArray();
        return [.. TrainingRandom.Permutation(batches.Length, _seed, "order of batches", epoch).Select(i => batches[i])];
    }
}
