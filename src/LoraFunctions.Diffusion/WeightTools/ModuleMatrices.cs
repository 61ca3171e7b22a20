using LoraFunctions.Diffusion.Lora;
using static TorchSharp.torch;

namespace LoraFunctions.Diffusion.WeightTools;

/// <summary>
/// A module's update as the product of two matrices in fp64, whatever shapes its file has: unscaled delta = <see cref="Up"/> [out, r] @
/// <see cref="Down"/> [r, in * k * k]. The tensors belong to the dispose scope they were made in.
/// </summary>
internal sealed record ModuleMatrices(Tensor Up, Tensor Down)
{
    public long Rank => Down.shape[0];

    /// <summary>Rows or columns of the layer's own matrix, whichever are fewer: no update has a higher rank.</summary>
    public long HighestRank => Math.Min(Up.shape[0], Down.shape[1]);

    /// <summary>The k x k part of a Tucker-decomposed convolution goes into down: the same update at the same rank.</summary>
    public static ModuleMatrices Of(LoraModule module)
    {
        var down = module.Down.detach().cpu().to(ScalarType.Float64);
        var up = module.Up.detach().cpu().to(ScalarType.Float64).reshape(module.Up.shape[0], module.Rank);
        if (module.Mid is { } mid)
        {
            down = einsum("rskl,si->rikl", mid.detach().cpu().to(ScalarType.Float64), down.reshape(module.Rank, down.shape[1]));
        }

        return new ModuleMatrices(up, down.reshape(module.Rank, -1));
    }

    /// <summary>
    /// Singular values of the product with their vectors: U [out, k], S [k] falling, V^T [k, in * k * k], k = min(r, out, in * k * k).
    /// The product itself, often a thousand times larger, is never made: both factors are reduced to triangles first.
    /// </summary>
    public (Tensor U, Tensor S, Tensor Vt) Svd()
    {
        var (upQ, upR) = linalg.qr(Up);
        var (downQ, downR) = linalg.qr(Down.t());
        var (u, s, vt) = linalg.svd(upR.matmul(downR.t()), fullMatrices: false);
        return (upQ.matmul(u), s, vt.matmul(downQ.t()));
    }

    /// <summary>A module in fp32 with these factors, as matrices or, for a convolution, as kernels and 1x1 kernels.</summary>
    /// <param name="kernel">Height and width; empty for a linear layer.</param>
    public LoraModule ToModule(LoraLayerName layer, long[] kernel, double alpha)
    {
        long[] ones = [.. kernel.Select(_ => 1L)];
        return new LoraModule(
            layer,
            Down.reshape([Rank, Down.shape[1] / kernel.Aggregate(1L, (product, size) => product * size), .. kernel]).to(ScalarType.Float32),
            Up.reshape([Up.shape[0], Rank, .. ones]).to(ScalarType.Float32),
            alpha);
    }
}
