using static TorchSharp.torch;

namespace LoraFunctions.Diffusion.Lora;

/// <summary>
/// Modules for files without alphas, diffusers' and PEFT's: the same updates, alpha = rank everywhere, one rank a network. Where a file
/// states no alpha, diffusers takes the rank of whichever module comes first for the alpha of all, and would scale modules of another rank.
/// </summary>
internal static class AlphaFolding
{
    /// <summary>The scale goes into up; zeros fill both up to the highest rank. The tensors belong to the caller's dispose scope.</summary>
    /// <exception cref="LoraException">A module is no product of two.</exception>
    public static IReadOnlyCollection<LoraModule> Of(IReadOnlyCollection<LoraModule> modules, LoraFormat format)
    {
        var ranks = modules.GroupBy(m => m.Layer.Part).ToDictionary(g => g.Key, g => g.Max(m => m.Rank));
        return [.. modules.Select(m => Of(m, ranks[m.Layer.Part], format))];
    }

    private static LoraModule Of(LoraModule module, long rank, LoraFormat format) => module.Mid is not null
        ? throw new LoraException(
            $"{module.Layer.Kohya} is a Tucker-decomposed convolution, which {format} files cannot hold; save it as Kohya.")
        : new LoraModule(
            module.Layer,
            Filled(module.Down, 0, rank - module.Rank),
            Filled(module.Up.to(ScalarType.Float32).Times(module.Scale), 1, rank - module.Rank),
            rank);

    private static Tensor Filled(Tensor tensor, int dimension, long missing)
    {
        long[] shape = [.. tensor.shape.Select((size, i) => i == dimension ? missing : size)];
        return missing == 0 ? tensor : cat([tensor, zeros(shape, tensor.dtype, tensor.device)], dimension);
    }
}
