using LoraFunctions.Pipeline.Workflows;

namespace LoraFunctions.Pipeline.Tests.Workflows;

public sealed class FanOutTests
{
    [Fact]
    public async Task Run_ItemsEndInAnotherOrder_ResultsComeInTheOrderOfTheItems()
    {
        var open = Enumerable.Range(0, 4).Select(_ => new TaskCompletionSource<string>()).ToArray();
        var started = new List<int>();

        var all = FanOut.RunAsync([0, 1, 2, 3], 2, i =>
        {
            started.Add(i);
            return open[i].Task;
        });
        started.ShouldBe([0, 1]);
        open[1].SetResult("b");
        started.ShouldBe([0, 1, 2]);
        open[2].SetResult("c");
        open[3].SetResult("d");
        open[0].SetResult("a");

        (await all).ShouldBe(["a", "b", "c", "d"]);
    }

    [Fact]
    public async Task Run_NoItems_EndsAtOnce() => (await FanOut.RunAsync<int, int>([], 3, Task.FromResult)).ShouldBeEmpty();

    [Fact]
    public async Task Run_NoneAtOnce_IsRefused() =>
        await Should.ThrowAsync<ArgumentOutOfRangeException>(() => FanOut.RunAsync([1], 0, Task.FromResult));
}
