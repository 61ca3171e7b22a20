using LoraFunctions.Worker.Queueing;
using Microsoft.Extensions.Logging;

namespace LoraFunctions.Worker.Leases;

/// <summary>
/// Keeps message and lease ours while a job runs. <see cref="Lost"/> ends the work when they are not any more, or when that is not known
/// shortly before they would run out: a call that hangs must not let two workers do one job.
/// </summary>
internal sealed class Ownership : IAsyncDisposable
{
    /// <summary>A sixth of the time before it runs out the work is ended: it needs a moment to notice.</summary>
    private const int GuardPart = 6;

    /// <summary>The longest that one call may take, as a part of the time; then there is another, while there is time.</summary>
    private const int CallPart = 4;

    /// <summary>After a call that failed the next one comes soon.</summary>
    private const int PausePart = 20;

    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly CancellationTokenSource _lost = new();
    private readonly CancellationTokenSource _end = new();
    private readonly Task _renewals;

    public Ownership(ReceivedJob message, JobLease lease, WorkerOptions options, TimeProvider time, ILogger logger)
    {
        _time = time;
        _logger = logger;

        // Not on the caller's scheduler: the work itself blocks threads for hours.
        _renewals = Task.WhenAll(
            Task.Run(() => KeepAsync(
                "message",
                message.Since,
                options.MessageRenewal,
                options.Visibility,
                token => message.RenewAsync(options.Visibility, token))),
            Task.Run(() => KeepAsync("lease", lease.Since, options.LeaseRenewal, options.LeaseDuration, lease.RenewAsync)));
    }

    /// <summary>Cancelled when the message or the lease could not be renewed.</summary>
    public CancellationToken Lost => _lost.Token;

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        await _renewals;
        _end.Dispose();
        _lost.Dispose();
    }

    private async Task KeepAsync(string what, DateTimeOffset since, TimeSpan interval, TimeSpan lasts, Func<CancellationToken, Task<bool>> renew)
    {
        DateTimeOffset until = since + lasts - (lasts / GuardPart);
        TimeSpan pause = interval;
        try
        {
            while (until - _time.GetUtcNow() is { Ticks: > 0 } left)
            {
                await Task.Delay(pause < left ? pause : left, _time, _end.Token);
                DateTimeOffset asked = _time.GetUtcNow();
                left = until - asked;
                if (left <= TimeSpan.Zero)
                {
                    break;
                }

                try
                {
                    if (!await WithinAsync(left < lasts / CallPart ? left : lasts / CallPart, renew))
                    {
                        break;
                    }

                    until = asked + lasts - (lasts / GuardPart);
                    pause = interval;
                }
                catch (Exception exception) when (!_end.IsCancellationRequested)
                {
                    // The service may be away for a moment; while there is time, it is still ours.
                    WorkerLog.RenewalFailed(_logger, what, exception);
                    pause = lasts / PausePart;
                }
            }

            WorkerLog.OwnershipLost(_logger, what);
            await _lost.CancelAsync();
        }
        catch (Exception) when (_end.IsCancellationRequested)
        {
            // The job has ended.
        }
    }

    private async Task<bool> WithinAsync(TimeSpan limit, Func<CancellationToken, Task<bool>> renew)
    {
        using var late = new CancellationTokenSource(limit, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(late.Token, _end.Token);

        // A call that does not even hear that it is cancelled is left to itself.
        return await renew(either.Token).WaitAsync(either.Token);
    }
}
