using static TorchSharp.torch;

namespace LoraFunctions.Diffusion.Sampling;

/// <summary>
/// The noise of <c>torch.randn(shape, generator=torch.Generator().manual_seed(seed))</c>: PyTorch's CPU generator, one for each picture
/// of the batch, drawn in float on the CPU and then moved, so that a seed gives the same noise on every device and in every batch.
/// Order of the draws: image-to-image first draws from the encoder's posterior; then the starting noise; then the sampler's own,
/// step by step, in the order it needs them (samplers of two model calls may draw twice a step).
/// </summary>
internal sealed class SeededNoise : INoiseSource, IDisposable
{
    private readonly Generator[] generators;

    /// <param name="seeds">One for each picture of the batch.</param>
    public SeededNoise(params IReadOnlyList<long> seeds)
    {
        ArgumentOutOfRangeException.ThrowIfZero(seeds.Count);
        generators = [.. seeds.Select(seed => new Generator(unchecked((ulong)seed)))];
    }

    /// <summary>Noise [pictures, ...] with the trailing dimensions of <paramref name="shape"/>.</summary>
    public Tensor Next(ReadOnlySpan<long> shape, ScalarType dtype, Device device)
    {
        if (shape.Length == 0 || shape[0] != generators.Length)
        {
            throw new ArgumentException(
                $"Noise for a batch of {(shape.Length == 0 ? 0 : shape[0])} was asked of {generators.Length} seeds; "
                + "give one seed a picture.",
                nameof(shape));
        }

        using var scope = NewDisposeScope();
        long[] one = [1, .. shape[1..]];
        var draws = generators.Select(g => randn(one, dtype: ScalarType.Float32, generator: g)).ToArray();
        return cat(draws, 0).to(dtype).to(device).MoveToOuterDisposeScope();
    }

    public Tensor Next(Tensor like) => Next(like.shape, like.dtype, like.device);

    public void Dispose()
    {
        foreach (var generator in generators)
        {
            generator.Dispose();
        }
    }
}

/// <summary>Where samplers that add noise get it from, one draw after the other.</summary>
internal interface INoiseSource
{
    /// <summary>
    /// The next draw of standard normal noise in the shape, type and device of <paramref name="like"/>, owned by the caller's dispose
    /// scope.
    /// </summary>
    Tensor Next(Tensor like);
}
