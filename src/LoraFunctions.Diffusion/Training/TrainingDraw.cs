using static TorchSharp.torch;

namespace LoraFunctions.Diffusion.Training;

/// <summary>Everything random about one model's rows of one forward pass, apart from dropout.</summary>
/// <param name="Latents">Sampled and scaled, [B, 4, h, w].</param>
/// <param name="Noise">As <paramref name="Latents"/>.</param>
/// <param name="Timesteps">Integers [B].</param>
internal sealed record TrainingDraw(Tensor Latents, Tensor Noise, Tensor Timesteps)
{
    /// <param name="position">Batches this model has seen before.</param>
    public static TrainingDraw Of(IReadOnlyList<TrainingExample> examples, IReadOnlyList<int> batch, LoraTrainingOptions options, DiffusionObjective objective, long position) =>
        options.FixedNoise ? Fixed(examples, batch, options, objective) : Fresh(examples, batch, options, objective, position);

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
            noise.add_(randn([batch.Count, shape[0], 1, 1], generator: generator), alpha: options.NoiseOffset);
        }

        var timesteps = randint(0, objective.Schedule.TrainTimesteps, [batch.Count], ScalarType.Int64, generator: generator);
        return new TrainingDraw(latents.mul_(objective.LatentScale), noise, timesteps);
    }

    private static TrainingDraw Fixed(IReadOnlyList<TrainingExample> examples, IReadOnlyList<int> batch, LoraTrainingOptions options, DiffusionObjective objective)
    {
        var rows = batch.Select(e => Held(examples[e], options.Seed, "fixed noise", e, timestep: null, objective)).ToArray();
        return new TrainingDraw(stack([.. rows.Select(r => r.Latents)]), stack([.. rows.Select(r => r.Noise)]), stack([.. rows.Select(r => r.Timesteps)]));
    }

    /// <summary>One picture as it always looks for this purpose: the mean of its latents, and noise that follows from its index.</summary>
    /// <param name="timestep">Null: drawn once as well.</param>
    public static TrainingDraw Held(TrainingExample example, long seed, string purpose, int index, int? timestep, DiffusionObjective objective)
    {
        using var generator = TrainingRandom.Generator(seed, purpose, index);
        var drawn = randint(0, objective.Schedule.TrainTimesteps, [1], ScalarType.Int64, generator: generator)[0];
        return new TrainingDraw(
            example.Latents.Mean.mul(objective.LatentScale),
            randn(example.Latents.Mean.shape, generator: generator),
            timestep is { } t ? tensor((long)t) : drawn);
    }

    private static LatentDistribution Chosen(TrainingExample example, bool mirrored) => mirrored && example.Mirrored is { } other ? other : example.Latents;
}
