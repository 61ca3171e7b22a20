namespace LoraFunctions.Pipeline.Workflows;

/// <summary>Runs something for each of many items, only so many at once.</summary>
internal static class FanOut
{
    /// <summary>
    /// Items start in their order, the next whenever one ends; results come in the order of the items. An <paramref name="run"/> that throws
    /// ends the whole: callers turn failures into outcomes inside of it.
    /// </summary>
    public static async Task<IReadOnlyList<TResult>> RunAsync<TItem, TResult>(IReadOnlyList<TItem> items, int atOnce, Func<TItem, Task<TResult>> run)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(atOnce, 1);
        var started = new List<Task<TResult>>(items.Count);
        var running = new List<Task>(atOnce);
        foreach (var item in items)
        {
            if (running.Count == atOnce)
            {
                running.Remove(await Task.WhenAny(running));
            }

            var task = run(item);
            started.Add(task);
            running.Add(task);
        }

        return await Task.WhenAll(started);
    }
}
