namespace LoraFunctions.Diffusion.Sampling;

/// <summary>No sampler has the name asked for.</summary>
public sealed class UnknownSamplerException : Exception
{
    public UnknownSamplerException(string name)
        : base($"Sampler '{name}' is not known; the nearest is '{Nearest(name)}'. Known samplers: {string.Join(", ", SamplerNames.All)}.")
    {
        NearestName = Nearest(name);
    }

    public string NearestName { get; }

    private static string Nearest(string name) =>
        SamplerNames.All.MinBy(known => Distance(name.Trim().ToUpperInvariant(), known.ToUpperInvariant()))!;

    /// <summary>Levenshtein's: insertions, deletions and replacements that turn one text into the other.</summary>
    private static int Distance(string from, string to)
    {
        var row = Enumerable.Range(0, to.Length + 1).ToArray();
        for (var i = 1; i <= from.Length; i++)
        {
            var diagonal = row[0];
            row[0] = i;
            for (var j = 1; j <= to.Length; j++)
            {
                var above = row[j];
                row[j] = Math.Min(Math.Min(row[j], row[j - 1]) + 1, diagonal + (from[i - 1] == to[j - 1] ? 0 : 1));
                diagonal = above;
            }
        }

        return row[to.Length];
    }
}
