namespace LoraFunctions.Pipeline.Storage;

/// <summary>Calls of the storage side by side: each waits for the network most of its time.</summary>
internal static class AtOnce
{
    /// <summary>As many as a service client keeps connections busy with, and few enough that the storage does not throttle.</summary>
    private const int Calls = 16;

    /// <returns>In the order of the items.</returns>
    public static async Task<IReadOnlyList<TResult>> EachAsync<TItem, TResult>(IReadOnlyList<TItem> items, Func<TItem, Task<TResult>> call)
    {
        var results = new TResult[items.Count];
        var options = new ParallelOptions { MaxDegreeOfParallelism = Calls };
        await Parallel.ForEachAsync(Enumerable.Range(0, items.Count), options, async (at, _) => results[at] = await call(items[at]));
        return results;
    }
}
