using System.Security.Cryptography;
using System.Text;

namespace LoraFunctions.Jobs.Training.Data;

/// <summary>Chooses the photos that training never sees.</summary>
internal static class HeldOut
{
    /// <summary>
    /// The share of the names, by a hash of seed and name: at least one, and at least one is left to train on. Adding photos moves few.
    /// </summary>
    public static HashSet<string> Choose(IReadOnlyCollection<string> names, double share, long seed)
    {
        if (share <= 0)
        {
            return [];
        }

        var count = Math.Clamp((int)Math.Round(names.Count * share), 1, Math.Max(1, names.Count - 1));
        return names
            .OrderBy(n => Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes($"{seed}/{n}"))), StringComparer.Ordinal)
            .Take(names.Count > 1 ? count : 0)
            .ToHashSet(StringComparer.Ordinal);
    }
}
