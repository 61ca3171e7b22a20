namespace LoraFunctions.Pipeline.Configuration;

/// <summary>Finds what someone meant who misspelt a name.</summary>
internal static class NearestName
{
    /// <summary>" Did you mean 'x'?"; nothing when no candidate is near.</summary>
    public static string Hint(string name, IEnumerable<string> candidates)
    {
        var wanted = Normal(name);
        var nearest = candidates
            .Select(c => (Name: c, Distance: Distance(wanted, Normal(c))))
            .OrderBy(c => c.Distance)
            .ThenBy(c => c.Name, StringComparer.Ordinal)
            .FirstOrDefault();
        return nearest.Name is { } found && nearest.Distance <= Math.Max(1, Math.Max(wanted.Length, found.Length) / 3)
            ? $" Did you mean '{found}'?"
            : "";
    }

    /// <summary>Levenshtein's: how many letters are put in, left out or changed.</summary>
    internal static int Distance(string a, string b)
    {
        var previous = Enumerable.Range(0, b.Length + 1).ToArray();
        var current = new int[b.Length + 1];
        for (var i = 1; i <= a.Length; i++)
        {
            current[0] = i;
            for (var j = 1; j <= b.Length; j++)
            {
                var change = previous[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
                current[j] = Math.Min(change, Math.Min(previous[j], current[j - 1]) + 1);
            }

            (previous, current) = (current, previous);
        }

        return previous[b.Length];
    }

    private static string Normal(string name) => name.ToLowerInvariant().Replace('-', '_');
}
