using static TorchSharp.torch;

namespace LoraFunctions.Diffusion.Tests;

/// <summary>Random numbers that are the same in every run, whatever other tests draw.</summary>
internal static class Numbers
{
    public static Tensor Normal(params long[] shape)
    {
        using var generator = new Generator((ulong)shape.Aggregate(17L, (seed, size) => (seed * 31) + size));
        return randn(shape, generator: generator);
    }
}
