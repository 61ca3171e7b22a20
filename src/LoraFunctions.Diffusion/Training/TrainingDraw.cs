using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using static TorchSharp.torch;

namespace LoraFunctions.Diffusion.Training;

/// <summary>Everything random about the rows of one forward pass, apart from dropout.</summary>
/// <param name="Latents">Sampled and scaled, [B, 4, h, w].</param>
/// <param name="Noise">As <paramref name="Latents"/>.</param>
/// <param name="Timesteps">Integers [B].</param>
internal sealed record TrainingDraw(Tensor Latents, Tensor Noise, Tensor Timesteps)
{
    /// <param name="position">Batches seen before.</param>
    public static TrainingDraw Of(IReadOnlyList<TrainingExample> examples, IReadOnlyList<int> batch, LoraTrainingOptions options, DiffusionObjective objective, long position) =>
        options.FixedNoise ? Fixed(examples, batch, options, objective) : Fresh(examples, batch, options, objective, position);

    /// <summary>Rows of one size as a batch.</summary>
    public static TrainingDraw Stack(IReadOnlyList<TrainingDraw> rows) =>
        new(stack([.. rows.Select(r => r.Latents)]), stack([.. rows.Select(r => r.Noise)]), stack([.. rows.Select(r => r.Timesteps)]));

    private static TrainingDraw Fresh(
        IReadOnlyList<TrainingExample> examples, IReadOnlyList<int> batch, LoraTrainingOptions options, DiffusionObjective objective, long position)
    {
        using var generator = TrainingRandom.Generator(options.Seed, "noise", position);
        var shape = examples[batch[0]].Latents.Mean.shape;
        var coins = rand([batch.Count], generator: generator);
        var latents = stack([.. batch.Select((e, row) => Chosen(examples[e], coins[row].item<float>() < 0.5f).Sample(randn(shape, generator: generator)))]);
        var noise = randn([batch.Count, .. shape], generator: generator);
        if (options.NoiseOffset > 0)
        {
            noise.PlusInPlace(randn([batch.Count, shape[0], 1, 1], generator: generator), options.NoiseOffset);
        }

        var timesteps = randint(0, objective.Schedule.TrainTimesteps, [batch.Count], ScalarType.Int64, generator: generator);
        return new TrainingDraw(latents.TimesInPlace(objective.LatentScale), noise, timesteps);
    }

    private static TrainingDraw Fixed(IReadOnlyList<TrainingExample> examples, IReadOnlyList<int> batch, LoraTrainingOptions options, DiffusionObjective objective)
    {
        return Stack([.. batch.Select(e => Held(examples[e], options.Seed, "fixed noise", e, timestep: null, objective))]);
    }

    /// <summary>One picture as it always looks for this purpose: the mean of its latents, and noise that follows from its index.</summary>
    /// <param name="timestep">Null: drawn once as well.</param>
    public static TrainingDraw Held(TrainingExample example, long seed, string purpose, int index, int? timestep, DiffusionObjective objective)
    {
        using var generator = TrainingRandom.Generator(seed, purpose, index);
        var drawn = randint(0, objective.Schedule.TrainTimesteps, [1], ScalarType.Int64, generator: generator)[0];
        return new TrainingDraw(
            example.Latents.Mean.Times(objective.LatentScale),
            randn(example.Latents.Mean.shape, generator: generator),
            timestep is { } t ? tensor((long)t) : drawn);
    }

    private static LatentDistribution Chosen(TrainingExample example, bool mirrored) => mirrored && example.Mirrored is { } other ? other : example.Latents;
}

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

/// <summary>
/// Random state that follows from (seed, what it is for, where in the training), never from what was drawn before: a resumed run draws the
/// same numbers as one that was never interrupted.
/// </summary>
internal static class TrainingRandom
{
    public static ulong Seed(long seed, string purpose, long position)
    {
        var text = FormattableString.Invariant($"{seed}/{purpose}/{position}");
        return BinaryPrimitives.ReadUInt64LittleEndian(SHA256.HashData(Encoding.UTF8.GetBytes(text)));
    }

    /// <summary>On the CPU, so that the numbers are the same on every device.</summary>
    public static Generator Generator(long seed, string purpose, long position) => new(Seed(seed, purpose, position));

    /// <summary>A permutation of 0 ... count - 1 (Fisher-Yates over a counter hash).</summary>
    public static int[] Permutation(int count, long seed, string purpose, long position)
    {
        var order = Enumerable.Range(0, count).ToArray();
        var state = Seed(seed, purpose, position);
        for (var i = count - 1; i > 0; i--)
        {
            var j = (int)(Next(ref state) % (ulong)(i + 1));
            (order[i], order[j]) = (order[j], order[i]);
        }

        return order;
    }

    /// <summary>Uniform in [0, 1).</summary>
    public static double Uniform(long seed, string purpose, long position)
    {
        var state = Seed(seed, purpose, position);
        return (Next(ref state) >> 11) * (1.0 / (1UL << 53));
    }

    // SplitMix64 (Steele, Lea, Flood 2014).
    private static ulong Next(ref ulong state)
    {
        state += 0x9E3779B97F4A7C15;
        var z = state;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }
}
