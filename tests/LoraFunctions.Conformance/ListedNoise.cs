using LoraFunctions.Diffusion.Sampling;
using static TorchSharp.torch;

namespace LoraFunctions.Conformance;

/// <summary>Draw i is entry i of the golden noises.</summary>
internal sealed class ListedNoise(Tensor noises) : INoiseSource
{
    public int Drawn { get; private set; }

    /// <exception cref="RanOutException">The file lists no more.</exception>
    public Tensor Next(Tensor like)
    {
        using var scope = NewDisposeScope();
        return Drawn < noises.shape[0] ? noises[Drawn++].clone().MoveToOuterDisposeScope() : throw new RanOutException();
    }

    public sealed class RanOutException : Exception;
}
