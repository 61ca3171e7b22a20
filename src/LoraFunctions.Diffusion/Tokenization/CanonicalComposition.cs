using System.Globalization;
using System.Text;

namespace LoraFunctions.Diffusion.Tokenization;

/// <summary>
/// Unicode's normalisation form C (UAX 15). The runtime's own needs ICU, without which (invariant globalization) it silently returns its
/// input; the data lies in <c>canonical-composition.txt</c>.
/// </summary>
internal static class CanonicalComposition
{
    private const int HangulBase = 0xAC00;
    private const int LeadBase = 0x1100;
    private const int VowelBase = 0x1161;
    private const int TailBase = 0x11A7;
    private const int VowelCount = 21;
    private const int TailCount = 28;
    private const int HangulCount = 19 * VowelCount * TailCount;

    private static readonly Lazy<Tables> Data = new(Load);

    private sealed record Tables(
        Dictionary<int, int[]> Decompositions, Dictionary<(int First, int Second), int> Compositions, Dictionary<int, byte> Classes);

    public static string Normalize(string text)
    {
        // Nothing below U+0300 combines or decomposes under form C.
        if (!text.AsSpan().ContainsAnyExceptInRange('\0', '\u02FF'))
        {
            return text;
        }

        var tables = Data.Value;
        var points = new List<int>(text.Length);
        foreach (var rune in text.EnumerateRunes())
        {
            Decompose(rune.Value, points, tables);
        }

        Reorder(points, tables);
        Compose(points, tables);
        var result = new StringBuilder(points.Count);
        foreach (var point in points)
        {
            result.Append(new Rune(point).ToString());
        }

        return result.ToString();
    }

    private static void Decompose(int point, List<int> output, Tables tables)
    {
        if (point - HangulBase is >= 0 and < HangulCount and var index)
        {
            output.Add(LeadBase + (index / (VowelCount * TailCount)));
            output.Add(VowelBase + (index % (VowelCount * TailCount) / TailCount));
            if (index % TailCount > 0)
            {
                output.Add(TailBase + (index % TailCount));
            }
        }
        else if (tables.Decompositions.TryGetValue(point, out var parts))
        {
            foreach (var part in parts)
            {
                Decompose(part, output, tables);
            }
        }
        else
        {
            output.Add(point);
        }
    }

    /// <summary>Marks behind one another into the order of their classes, equal classes as they came.</summary>
    private static void Reorder(List<int> points, Tables tables)
    {
        for (var start = 0; start < points.Count; start++)
        {
            var end = start;
            while (end < points.Count && tables.Classes.ContainsKey(points[end]))
            {
                end++;
            }

            if (end - start > 1)
            {
                var sorted = points.GetRange(start, end - start).OrderBy(point => tables.Classes[point]).ToList();
                for (var i = 0; i < sorted.Count; i++)
                {
                    points[start + i] = sorted[i];
                }
            }

            start = Math.Max(start, end - 1);
        }
    }

    private static void Compose(List<int> points, Tables tables)
    {
        var starter = -1;
        var previousClass = 0;
        var write = 0;
        for (var read = 0; read < points.Count; read++)
        {
            var point = points[read];
            var pointClass = tables.Classes.GetValueOrDefault(point);

            // Blocked: a mark of the same or a higher class, or another starter, stands between.
            var adjacent = starter == write - 1;
            if (starter >= 0 && (adjacent || previousClass < pointClass) && Pair(points[starter], point, tables) is { } composite)
            {
                points[starter] = composite;
                continue;
            }

            if (pointClass == 0)
            {
                starter = write;
            }

            previousClass = pointClass;
            points[write++] = point;
        }

        points.RemoveRange(write, points.Count - write);
    }

    private static int? Pair(int first, int second, Tables tables)
    {
        if (first - LeadBase is >= 0 and < 19 and var lead && second - VowelBase is >= 0 and < VowelCount and var vowel)
        {
            return HangulBase + (((lead * VowelCount) + vowel) * TailCount);
        }

        if (first - HangulBase is >= 0 and < HangulCount and var index && index % TailCount == 0
            && second - TailBase is > 0 and < TailCount and var tail)
        {
            return first + tail;
        }

        return tables.Compositions.TryGetValue((first, second), out var composite) ? composite : null;
    }

    private static Tables Load()
    {
        var tables = new Tables([], [], []);
        using var stream = typeof(CanonicalComposition).Assembly.GetManifestResourceStream("canonical-composition.txt")!;
        using var reader = new StreamReader(stream);
        while (reader.ReadLine() is { } line)
        {
            var words = line.Split(' ');
            switch (words[1])
            {
                case "@":
                    var range = words[0].Split('-');
                    for (var point = Hex(range[0]); point <= Hex(range[1]); point++)
                    {
                        tables.Classes[point] = byte.Parse(words[2], CultureInfo.InvariantCulture);
                    }

                    break;
                case "=":
                    tables.Compositions[(Hex(words[2]), Hex(words[3]))] = Hex(words[0]);
                    goto case ">";
                case ">":
                    tables.Decompositions[Hex(words[0])] = [.. words.Skip(2).Select(Hex)];
                    break;
            }
        }

        return tables;
    }

    private static int Hex(string text) => int.Parse(text, NumberStyles.HexNumber, CultureInfo.InvariantCulture);
}
