using Azure.Storage.Blobs;
using Azure.Storage.Queues;
using LoraFunctions.Pipeline.Storage;
using LoraFunctions.Support;
using LoraFunctions.Worker.Leases;
using LoraFunctions.Worker.Queueing;
using Microsoft.Extensions.Logging.Abstractions;
using Shouldly;
using Xunit;

namespace LoraFunctions.Worker.Tests.Leases;

/// <summary>Message and lease under faults, on a clock of their own.</summary>
[Collection("The queues")]
public sealed class OwnershipTests
{
    private static readonly WorkerOptions s_options = new() { WorkerName = "one", Folder = "-" };

    private readonly AzuriteFixture _azurite;
    private readonly FaultyTransport _transport = new();
    private readonly TestClock _clock;

    public OwnershipTests(AzuriteFixture azurite)
    {
        _azurite = azurite;
        _clock = new TestClock { Transport = _transport };
    }

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("comp=lease", Fault.Hangs, 60)]
    [InlineData("comp=lease", Fault.Late, 60)]
    [InlineData("comp=lease", Fault.Refused, 60)]
    [InlineData("comp=lease", Fault.Unauthenticated, 60)]
    [InlineData("popreceipt", Fault.Hangs, 300)]
    [InlineData("popreceipt", Fault.Late, 300)]
    [InlineData("popreceipt", Fault.Busy, 300)]
    public async Task Lost_RenewalsFailForGood_ComesBeforeTheTimeIsOver(string renewal, Fault fault, int lasts)
    {
        (ReceivedJob message, JobLease lease) = await TakeAsync($"lost-{lasts}-{fault}");
        _transport.On(sent => sent.Contains(renewal, StringComparison.Ordinal), fault, times: 1000);
        DateTimeOffset begun = _clock.GetUtcNow();
        await using (var ownership = new Ownership(message, lease, s_options, _clock, NullLogger.Instance))
        {
            var lost = new TaskCompletionSource();
            await using CancellationTokenRegistration registration = ownership.Lost.Register(() => lost.TrySetResult());
            await _clock.UntilAsync(lost.Task, TimeSpan.FromMilliseconds(500));
        }

        double seconds = (_clock.GetUtcNow() - begun).TotalSeconds;
        seconds.ShouldBeGreaterThan(lasts / 2.0, "one fault is not the end");
        seconds.ShouldBeLessThan(lasts);
        _transport.Release();
    }

    [Theory]
    [InlineData(Fault.Hangs)]
    [InlineData(Fault.Refused)]
    [InlineData(Fault.Busy)]
    public async Task Lost_OneRenewalFails_DoesNotCome(Fault fault)
    {
        (ReceivedJob message, JobLease lease) = await TakeAsync($"kept-{fault}");
        _transport
            .On(sent => sent.Contains("comp=lease", StringComparison.Ordinal), fault)
            .On(sent => sent.Contains("popreceipt", StringComparison.Ordinal), fault);
        await using var ownership = new Ownership(message, lease, s_options, _clock, NullLogger.Instance);
        DateTimeOffset begun = _clock.GetUtcNow();

        await _clock.UntilAsync(() => Task.FromResult(_clock.GetUtcNow() - begun > TimeSpan.FromMinutes(6)), TimeSpan.FromMilliseconds(500));

        _transport.Met.ShouldBe(2);
        ownership.Lost.IsCancellationRequested.ShouldBeFalse();
    }

    private async Task<(ReceivedJob Message, JobLease Lease)> TakeAsync(string job)
    {
        QueueServiceClient queues = StorageClients.Queues(_azurite.Storage, _transport.UseWithoutRetries);
        QueueClient jobs = queues.GetQueueClient(QueueNames.GpuJobs);
        await jobs.ClearMessagesAsync(Stop);
        await jobs.SendMessageAsync(job, Stop);
        ReceivedJob message = (await new WorkerQueue(queues, _clock).ReceiveAsync(s_options.Visibility, Stop)).ShouldNotBeNull();
        BlobClient blob = StorageClients.Blobs(_azurite.Storage, _transport.UseWithoutRetries)
            .GetBlobContainerClient(ContainerNames.Jobs).GetBlobClient(BlobNames.JobAttempts(job));
        JobLease lease = (await JobLease.TryTakeAsync(blob, "one", s_options.LeaseDuration, _clock, Stop)).ShouldNotBeNull();
        return (message, lease);
    }
}
