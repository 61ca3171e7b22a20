using LoraFunctions.Worker.Logging;
using LoraFunctions.Worker.Queueing;
using Microsoft.Extensions.Logging;

namespace LoraFunctions.Worker.Leases;

/// <summary>Keeps message and lease ours while a job runs. <see cref="Lost"/> ends the work when they are not any more.</summary>
internal sealed class Ownership : IAsyncDisposable
{
    private readonly ReceivedJob _message;
    private readonly JobLease _lease;
    private readonly WorkerOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly CancellationTokenSource _lost = new();
    private readonly CancellationTokenSource _end = new();
    private readonly Task _renewals;

    public Ownership(ReceivedJob message, JobLease lease, WorkerOptions options, TimeProvider time, ILogger logger)
    {
        _message = message;
        _lease = lease;
        _options = options;
        _time = time;
        _logger = logger;

        // Not on the caller's scheduler: the work itself blocks threads for hours.
        _renewals = Task.WhenAll(
            Task.Run(() => RepeatAsync(
                "message",
                options.MessageRenewal,
                options.Visibility,
                token => _message.RenewAsync(options.Visibility, token))),
            Task.Run(() => RepeatAsync("lease", options.LeaseRenewal, options.LeaseDuration, _lease.RenewAsync)));
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

    private async Task RepeatAsync(string what, TimeSpan interval, TimeSpan lasts, Func<CancellationToken, Task<bool>> renew)
    {
        try
        {
            DateTimeOffset renewed = _time.GetUtcNow();
            TimeSpan pause = interval;
            while (true)
            {
                await Task.Delay(pause, _time, _end.Token);
                try
                {
                    DateTimeOffset asked = _time.GetUtcNow();
                    if (!await renew(_end.Token))
                    {
                        break;
                    }

                    renewed = asked;
                    pause = interval;
                }
                catch (Exception exception) when (exception is not OperationCanceledException && _time.GetUtcNow() - renewed < lasts)
                {
                    // The service may be away for a moment; until it ends, it is still ours.
                    WorkerLog.RenewalFailed(_logger, what, exception);
                    pause = TimeSpan.FromTicks(Math.Min(interval.Ticks, lasts.Ticks / 10));
                }
            }

            WorkerLog.OwnershipLost(_logger, what);
            await _lost.CancelAsync();
        }
        catch (OperationCanceledException) when (_end.IsCancellationRequested)
        {
            // The job has ended.
        }
        catch (Exception exception)
        {
            WorkerLog.RenewalFailed(_logger, what, exception);
            await _lost.CancelAsync();
        }
    }
}
