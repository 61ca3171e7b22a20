using Microsoft.Extensions.Time.Testing;

namespace LoraFunctions.Support;

/// <summary>A clock that stands still until it is moved.</summary>
public sealed class TestClock : FakeTimeProvider
{
    /// <summary>Long enough for whatever was woken to wait again.</summary>
    private static readonly TimeSpan s_moment = TimeSpan.FromMilliseconds(2);

    /// <summary>Stands while requests of this transport are on their way.</summary>
    public FaultyTransport? Transport { get; init; }

    /// <summary>Moves on in steps until the task has ended, with a moment of real time between them.</summary>
    public async Task UntilAsync(Task task, TimeSpan step)
    {
        await UntilAsync(() => Task.FromResult(task.IsCompleted), step);
        await task;
    }

    /// <summary>Moves on in steps until something is so.</summary>
    public async Task UntilAsync(Func<Task<bool>> isSo, TimeSpan step)
    {
        while (!await isSo())
        {
            await Task.Delay(s_moment);
            if (Transport is null or { InFlight: 0 })
            {
                Advance(step);
            }
        }
    }
}
