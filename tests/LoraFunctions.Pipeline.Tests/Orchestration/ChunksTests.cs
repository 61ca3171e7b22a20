using LoraFunctions.Pipeline.Orchestration;

namespace LoraFunctions.Pipeline.Tests.Orchestration;

public sealed class ChunksTests
{
    [Theory]
    [InlineData(0, 16)]
    [InlineData(1, 1)]
    [InlineData(Chunks.Size, 3)]
    [InlineData(10 * Chunks.Size + 1, 16)]
    [InlineData(10 * Chunks.Size + 1, 250)]
    public async Task RunEach_AnyNumber_KeepsTheOrderAndNeverHasMoreAtOnce(int items, int atOnce)
    {
        var (now, most, chunks) = (0, 0, 0);
        var underWay = new Queue<TaskCompletionSource>();

        var all = Chunks.RunEachAsync(Enumerable.Range(0, items), atOnce, async (chunk, number, inAChunk) =>
        {
            number.ShouldBe(chunks++);
            chunk.Count.ShouldBeInRange(1, Chunks.Size);
            most = Math.Max(most, now += inAChunk);
            underWay.Enqueue(new TaskCompletionSource());
            await underWay.Last().Task;
            now -= inAChunk;
            return (IReadOnlyList<int>)chunk;
        });
        while (underWay.TryDequeue(out var next))
        {
            next.SetResult();
        }

        (await all).ShouldBe(Enumerable.Range(0, items));
        most.ShouldBeLessThanOrEqualTo(atOnce);
        chunks.ShouldBe((items + Chunks.Size - 1) / Chunks.Size);
    }
}
