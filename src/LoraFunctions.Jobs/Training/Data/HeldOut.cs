using System.Security.Cryptography;
using System.Text;

namespace LoraFunctions.Jobs.Training.Data;

/// <summary>Chooses the photos that training never sees.</summary>
internal static class HeldOut
{
    /// <summary>The share of the names, rounded, by a hash of seed and name. Adding photos moves few.</summary>
    public static HashSet<string> Choose(IReadOnlyCollection<string> names, double share, long seed) =>
        names
            .OrderBy(n => Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes($"{seed}/{n}"))), StringComparer.Ordinal)
            .Take((int)Math.Round(names.Count * share))
            .ToHashSet(StringComparer.Ordinal);
}
