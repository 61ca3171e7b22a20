namespace LoraFunctions.Diffusion.Lora;

/// <summary>
/// Which adapters each row of a batch carries: row i of the batch gets the adapters named at i (indices into the network's list), in
/// their order. Neighbouring rows with the same adapters are computed together, so keep them side by side.
/// </summary>
public sealed class LoraRows
{
    private LoraRows(IReadOnlyList<Segment> segments, long rowCount)
    {
        Segments = segments;
        RowCount = rowCount;
    }

    /// <summary>Rows of the batch these are for.</summary>
    public long RowCount { get; }

    /// <summary>No row carries an adapter.</summary>
    public static LoraRows None(int rows) => Of([.. Enumerable.Repeat<IReadOnlyList<int>>([], rows)]);

    /// <summary>One adapter a row.</summary>
    public static LoraRows OneEach(IReadOnlyList<int> adapters) => Of([.. adapters.Select(IReadOnlyList<int> (a) => [a])]);

    /// <summary>Any number of adapters a row.</summary>
    public static LoraRows Of(IReadOnlyList<IReadOnlyList<int>> rows)
    {
        ArgumentOutOfRangeException.ThrowIfZero(rows.Count);
        var segments = new List<Segment>();
        for (var start = 0; start < rows.Count;)
        {
            var end = start + 1;
            while (end < rows.Count && rows[end].SequenceEqual(rows[start]))
            {
                end++;
            }

            segments.Add(new Segment(start, end - start, [.. rows[start]]));
            start = end;
        }

        return new LoraRows(segments, rows.Count);
    }

    internal IReadOnlyList<Segment> Segments { get; }

    /// <summary>Rows that lie side by side and carry the same adapters.</summary>
    internal sealed record Segment(long Start, long Length, IReadOnlyList<int> Adapters);
}
