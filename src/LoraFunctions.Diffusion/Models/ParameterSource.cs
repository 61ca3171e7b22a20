using TorchSharp;
using static TorchSharp.torch;

namespace LoraFunctions.Diffusion.Models;

/// <summary>
/// Gives a network under construction its parameters, one by one, by their checkpoint names. A network built on <see cref="Meta"/> has
/// names and shapes but no memory; the checkpoint loader builds one such to compare with the file, then one that reads straight from it.
/// </summary>
public abstract class ParameterSource
{
    static ParameterSource() => NativeSettings.SwitchNnpackOff();

    /// <summary>Shapes only: nothing is allocated and nothing can be computed.</summary>
    public static ParameterSource Meta { get; } = new MetaSource();

    /// <summary>
    /// Torch's usual start (uniform in +-1/sqrt(fan-in), norms at one, embeddings from a normal distribution of 0.02), the same for the
    /// same seed.
    /// </summary>
    public static ParameterSource Random(long seed) => new RandomSource(seed);

    /// <summary>A new tensor of this shape; convolution weights may lie channels-last. The network owns it.</summary>
    /// <param name="name">As in the checkpoint, e.g. <c>conv_in.weight</c>.</param>
    public abstract Tensor Create(string name, IReadOnlyList<long> shape, ParameterKind kind);

    /// <summary>A convolution weight [out, in, k, k] in the layout convolutions are computed in.</summary>
    internal static Tensor EmptyFor(IReadOnlyList<long> shape, ParameterKind kind, ScalarType dtype, Device device)
    {
        if (kind != ParameterKind.ConvolutionWeight)
        {
            return empty([.. shape], dtype: dtype, device: device);
        }

        using var nhwc = empty([shape[0], shape[2], shape[3], shape[1]], dtype: dtype, device: device);
        return nhwc.permute(0, 3, 1, 2);
    }

    private sealed class MetaSource : ParameterSource
    {
        public override Tensor Create(string name, IReadOnlyList<long> shape, ParameterKind kind) => empty([.. shape], device: META);
    }

    private sealed class RandomSource(long seed) : ParameterSource
    {
        private readonly Generator generator = new((ulong)seed);

        public override Tensor Create(string name, IReadOnlyList<long> shape, ParameterKind kind)
        {
            using var scope = NewDisposeScope();
            using var grad = no_grad();
            var result = EmptyFor(shape, kind, ScalarType.Float32, CPU);
            switch (kind)
            {
                case ParameterKind.NormWeight:
                    result.copy_(ones([1]));
                    break;
                case ParameterKind.Bias:
                    result.zero_();
                    break;
                case ParameterKind.Embedding:
                    result.copy_(randn([.. shape], generator: generator).TimesInPlace(0.02));
                    break;
                default:
                    var bound = 1 / Math.Sqrt(shape.Skip(1).Aggregate(1L, (product, size) => product * size));
                    result.copy_(rand([.. shape], generator: generator).TimesInPlace(2 * bound).PlusInPlace(-bound));
                    break;
            }

            // Native code may still draw from it when nothing else needs this source any more.
            GC.KeepAlive(generator);
            return result.MoveToOuterDisposeScope();
        }
    }
}

/// <summary>What a parameter is for: decides its memory layout and its random start.</summary>
public enum ParameterKind
{
    LinearWeight,

    ConvolutionWeight,

    NormWeight,

    /// <summary>Of any layer, norms included.</summary>
    Bias,

    Embedding,
}
