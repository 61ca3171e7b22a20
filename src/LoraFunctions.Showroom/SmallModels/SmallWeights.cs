using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
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
    public override Tensor Create(string name, IReadOnlyList<long> shape, ParameterKind kind)
    {
        using var scope = NewDisposeScope();
        var result = kind switch
        {
            ParameterKind.NormWeight => ones([.. shape]),
            ParameterKind.Bias => zeros([.. shape]),
            _ => Uniform(name, shape).mul_(Bound(shape, kind)),
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
        return rand([.. shape], generator: generator).mul_(2).sub_(1);
    }
}
