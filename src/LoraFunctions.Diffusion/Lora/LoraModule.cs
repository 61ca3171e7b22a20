using static TorchSharp.torch;

namespace LoraFunctions.Diffusion.Lora;

/// <summary>
/// One layer's low-rank pair: delta = (alpha / rank) * up @ down (LoRA, arXiv 2106.09685). Linear: down [r, in], up [out, r];
/// convolution: down [r, in, k, k], up [out, r, 1, 1] (LoCon); with <see cref="Mid"/> [r, r, k, k] the down part is [r, in, 1, 1].
/// The tensors belong to the <see cref="LoraWeights"/> that holds the module.
/// </summary>
public sealed class LoraModule
{
    /// <exception cref="LoraException">The shapes do not fit one another.</exception>
    public LoraModule(LoraLayerName layer, Tensor down, Tensor up, double alpha, Tensor? mid = null)
    {
        Layer = layer;
        Down = down;
        Up = up;
        Mid = mid;
        var sizes = $"down [{string.Join(", ", down.shape)}], up [{string.Join(", ", up.shape)}]"
            + (mid is null ? string.Empty : $", mid [{string.Join(", ", mid.shape)}]");
        if (down.dim() is not (2 or 4) || up.dim() != down.dim() || down.shape[0] == 0 || up.shape[1] != down.shape[0]
            || (up.dim() == 4 && (up.shape[2] != 1 || up.shape[3] != 1))
            || (mid is not null && (mid.dim() != 4 || mid.shape[0] != down.shape[0] || mid.shape[1] != down.shape[0] || down.dim() != 4)))
        {
            throw new LoraException(
                $"The LoRA weights of {layer.Kohya} do not fit one another: {sizes}. Expected down [rank, in] and up [out, rank], or for a "
                + "convolution down [rank, in, k, k] and up [out, rank, 1, 1]. The file is damaged or of another kind of adapter.");
        }

        // kohya: "alpha 0 or none: alpha is rank" (no scaling).
        Alpha = alpha == 0 ? Rank : alpha;
        if (!double.IsFinite(Alpha))
        {
            throw new LoraException($"The alpha of {layer.Kohya} is {alpha}; it must be a finite number. The file is damaged.");
        }
    }

    public LoraLayerName Layer { get; }

    public Tensor Down { get; }

    public Tensor Up { get; }

    /// <summary>The k x k part of a Tucker-decomposed convolution; null otherwise.</summary>
    public Tensor? Mid { get; }

    public double Alpha { get; }

    public long Rank => Down.shape[0];

    /// <summary>alpha / rank.</summary>
    public double Scale => Alpha / Rank;

    /// <summary>Height and width of its kernel; empty for a linear layer.</summary>
    internal long[] Kernel => (Mid ?? Down).shape[2..];

    /// <summary>A convolution with a kernel larger than one pixel; it has a rank and alpha of its own (LoCon).</summary>
    internal bool IsWide => Kernel.Any(size => size > 1);

    /// <summary>scale * up @ down in fp32, shaped [out, in] or [out, in, k, k].</summary>
    public Tensor Delta()
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var down = Down.to(ScalarType.Float32);
        var up = Up.to(ScalarType.Float32);
        var flatUp = up.reshape(up.shape[0], Rank);
        Tensor delta;
        if (Mid is not null)
        {
            // [out, r] x [r, r, k, k] x [r, in]
            delta = einsum("or,rskl,si->oikl", flatUp, Mid.to(ScalarType.Float32), down.reshape(Rank, down.shape[1]));
        }
        else
        {
            delta = flatUp.matmul(down.reshape(Rank, -1));
            delta = down.dim() == 4 ? delta.reshape([up.shape[0], .. down.shape.Skip(1)]) : delta;
        }

        return delta.Times(Scale).MoveToOuterDisposeScope();
    }

    /// <summary>Parameters of the pair (and of mid), alpha not counted.</summary>
    public long ParameterCount => Down.numel() + Up.numel() + (Mid?.numel() ?? 0);
}
