using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using LoraFunctions.Diffusion;
using LoraFunctions.Diffusion.Models;
using TorchSharp;
using static TorchSharp.torch;

namespace LoraFunctions.Showroom.SmallModels;

/// <summary>
/// Random weights that are the same on every machine: uniform numbers only (normal ones differ in their last bits between processors),
/// and a generator of its own for every name, so that one network does not shift another.
/// </summary>
internal sealed class SmallWeights(string model, long seed) : ParameterSource
{
    private const int LatentChannels = 4;

    /// <summary>Latents of drawn photos deviate by about 1 after the scaling factor, as those of the real model do.</summary>
    private const double LatentGain = 11;

    /// <summary>They are nearly certain, as the real model's: what is sampled from them is the photo, not noise.</summary>
    private const double LatentLogVariance = -12;

    public override Tensor Create(string name, IReadOnlyList<long> shape, ParameterKind kind)
    {
        using var scope = NewDisposeScope();
        var result = (name, kind) switch
        {
            ("quant_conv.weight", _) => cat([
                Uniform(name, shape)[..LatentChannels].TimesInPlace(Bound(shape, kind) * LatentGain),
                zeros([LatentChannels, .. shape.Skip(1)])]),
            ("quant_conv.bias", _) => cat([zeros(LatentChannels), TensorMath.Filled([LatentChannels], LatentLogVariance)]),
            (_, ParameterKind.NormWeight) => ones([.. shape]),
            (_, ParameterKind.Bias) => zeros([.. shape]),
            _ => Uniform(name, shape).TimesInPlace(Bound(shape, kind)),
        };
        return result.MoveToOuterDisposeScope();
    }

    private static double Bound(IReadOnlyList<long> shape, ParameterKind kind)
    {
        const double embeddingDeviation = 0.5; // so that prompts differ although nothing was learnt
        var fanIn = shape.Skip(1).Aggregate(1L, (product, size) => product * size);
        return Math.Sqrt(3) * (kind == ParameterKind.Embedding ? embeddingDeviation : 1 / Math.Sqrt(fanIn));
    }

    private Tensor Uniform(string name, IReadOnlyList<long> shape)
    {
        var digest = SHA256.HashData(Encoding.UTF8.GetBytes($"{model}/{seed}/{name}"));
        using var generator = new Generator(BinaryPrimitives.ReadUInt64LittleEndian(digest) >> 1);
        return rand([.. shape], generator: generator).TimesInPlace(2).PlusInPlace(-1);
    }
}
