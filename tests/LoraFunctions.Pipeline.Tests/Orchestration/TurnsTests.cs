using LoraFunctions.Pipeline.Orchestration;

namespace LoraFunctions.Pipeline.Tests.Orchestration;

public sealed class TurnsTests
{
    [Fact]
    public async Task RunEach_ItemsEndInAnotherOrder_ResultsComeInTheOrderOfTheItems()
    {
        var open = Enumerable.Range(0, 4).Select(_ => new TaskCompletionSource<string>()).ToArray();
        var started = new List<int>();

        var all = Turns.RunEachAsync([0, 1, 2, 3], 2, i =>
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
    public async Task Run_OneFails_TheNextHasItsTurnAllTheSame()
    {
        var turns = new Turns(1);
        var first = new TaskCompletionSource<int>();
        var failing = turns.RunAsync(() => first.Task);
        var next = turns.RunAsync(() => Task.FromResult(2));

        first.SetException(new IOException("down"));

        await Should.ThrowAsync<IOException>(failing);
        (await next).ShouldBe(2);
        (await turns.RunAsync(() => Task.FromResult(3))).ShouldBe(3);
    }

    [Fact]
    public async Task RunEach_NoItems_EndsAtOnce() => (await Turns.RunEachAsync<int, int>([], 3, Task.FromResult)).ShouldBeEmpty();

    [Fact]
    public void Turns_NoneAtOnce_IsRefused() => Should.Throw<ArgumentOutOfRangeException>(() => new Turns(0));
}
