namespace LoraFunctions.Pipeline.Orchestration;

/// <summary>
/// Cuts much work into sub-orchestrations of some items each. The engine replays an orchestration from its beginning whenever an answer comes,
/// so that what its children cost grows with the square of their number; in chunks it grows with the number.
/// </summary>
internal static class Chunks
{
    /// <summary>Items of a chunk: of a night of hundreds, the parent has as many answers as a chunk has.</summary>
    public const int Size = 40;

    /// <summary>Items of one chunk that are in work at once. Several chunks are under way where more may be: a slow item holds up its chunk only.</summary>
    private const int AtOnceInAChunk = 8;

    /// <param name="atOnce">Items in work at once, over all chunks.</param>
    /// <param name="run">Gets a chunk, its number from 0, and how many of its items may be in work at once.</param>
    /// <returns>In the order of the items.</returns>
    public static async Task<IReadOnlyList<TResult>> RunEachAsync<TItem, TResult>(
        IEnumerable<TItem> items,
        int atOnce,
        Func<IReadOnlyList<TItem>, int, int, Task<IReadOnlyList<TResult>>> run)
    {
        var inAChunk = Math.Min(atOnce, AtOnceInAChunk);
        var results = await Turns.RunEachAsync(
            items.Chunk(Size).Select((chunk, number) => (Chunk: chunk, Number: number)),
            atOnce / inAChunk,
            c => run(c.Chunk, c.Number, inAChunk));
        return [.. results.SelectMany(r => r)];
    }
}
