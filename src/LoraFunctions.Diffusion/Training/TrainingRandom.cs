using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using static TorchSharp.torch;

namespace LoraFunctions.Diffusion.Training;

/// <summary>
/// Random state that follows from (seed, what it is for, where in the training), never from what was drawn before: a resumed run draws the
/// same numbers as one that was never interrupted.
/// </summary>
internal static class TrainingRandom
{
    public static ulong Seed(long seed, string purpose, long position)
    {
        var text = FormattableString.Invariant($"{seed}/{purpose}/{position}");
        return BinaryPrimitives.ReadUInt64LittleEndian(SHA256.HashData(Encoding.UTF8.GetBytes(text)));
    }

    /// <summary>On the CPU, so that the numbers are the same on every device.</summary>
    public static Generator Generator(long seed, string purpose, long position) => new(Seed(seed, purpose, position));

    /// <summary>A permutation of 0 ... count - 1 (Fisher-Yates over a counter hash).</summary>
    public static int[] Permutation(int count, long seed, string purpose, long position)
    {
        var order = Enumerable.Range(0, count).ToArray();
        var state = Seed(seed, purpose, position);
        for (var i = count - 1; i > 0; i--)
        {
            var j = (int)(Next(ref state) % (ulong)(i + 1));
            (order[i], order[j]) = (order[j], order[i]);
        }

        return order;
    }

    /// <summary>Uniform in [0, 1).</summary>
    public static double Uniform(long seed, string purpose, long position)
    {
        var state = Seed(seed, purpose, position);
        return (Next(ref state) >> 11) * (1.0 / (1UL << 53));
    }

    // SplitMix64 (Steele, Lea, Flood 2014).
    private static ulong Next(ref ulong state)
    {
        state += 0x9E3779B97F4A7C15;
        var z = state;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }
}
