using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Models;
using Azure.Storage.Blobs.Specialized;
using LoraFunctions.Pipeline.Storage;
using LoraFunctions.Support;
using LoraFunctions.Worker.Leases;
using LoraFunctions.Worker.Storage;
using Microsoft.Extensions.Logging.Abstractions;
using Shouldly;
using Xunit;

namespace LoraFunctions.Worker.Tests.Storage;

public sealed class CheckpointsTests(AzuriteFixture azurite) : IDisposable
{
    private const string Log = "log-a.csv";
    private const string Sheet = "samples/a-epoch-005.png";

    private readonly TemporaryFolder _folder = new();
    private readonly BlobContainerClient _jobs = azurite.Blobs.GetBlobContainerClient(ContainerNames.Jobs);

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Save_FileAsItWas_IsNotSentAgainNotEvenByTheNextAttempt()
    {
        _folder.Write("a/" + Log, "1,0.5");
        _folder.Write("a/" + Sheet, "a sheet");
        var transport = new FaultyTransport();
        Holder one = await TakeAsync("unchanged", transport.Use);
        one.Checkpoints.Save(_folder.Below("a"), [Log, Sheet]);

        // As many bytes, so that nothing but the content tells.
        _folder.Write("a/" + Log, "1,0.4");
        one.Checkpoints.Save(_folder.Below("a"), [Log, Sheet]);
        await one.Lease.ReleaseAsync(Stop);
        Holder two = await TakeAsync("unchanged", transport.Use);
        await two.Checkpoints.ResumeAsync(_folder.Below("b"), Stop);
        two.Checkpoints.Save(_folder.Below("b"), [Sheet]);

        File.ReadAllText(_folder.Below("b", Log)).ShouldBe("1,0.4");
        transport.Sent.Count(sent => sent.StartsWith("PUT", StringComparison.Ordinal) && sent.EndsWith("005.png", StringComparison.Ordinal)).ShouldBe(1);
        Blobs("unchanged").ShouldHaveSingleItem().ShouldEndWith(Sheet);
    }

    [Fact]
    public async Task Save_LeaseIsAnothers_ThrowsAndTheSuccessorsStays()
    {
        Holder stale = await TakeAsync("stale");
        SaveStep(stale, 1);
        Holder successor = await SucceedAsync("stale");
        SaveStep(successor, 2);

        Should.Throw<OperationCanceledException>(() => SaveStep(stale, 7));

        stale.Lease.IsLost.ShouldBeTrue();
        await ResumesAsync(successor, 2);
    }

    /// <summary>A write of a worker that hung comes when the next worker is at it; even one that has the same name, and so the same lease.</summary>
    [Theory]
    [InlineData("two")]
    [InlineData("one")]
    public async Task Save_ArrivesWhenTheJobIsAnothers_ChangesNothing(string next)
    {
        string job = $"late-save-{next}";
        var transport = new FaultyTransport();
        Holder stale = await TakeAsync(job, transport.Use);
        SaveStep(stale, 1);
        transport.On(sent => sent.StartsWith("PUT", StringComparison.Ordinal) && sent.EndsWith("attempts.json", StringComparison.Ordinal), Fault.Late);
        Task late = Task.Run(() => SaveStep(stale, 7), Stop);
        await MetAsync(transport);
        Holder successor = await SucceedAsync(job, next);
        SaveStep(successor, 2);

        transport.Release();

        await Should.ThrowAsync<OperationCanceledException>(() => late);
        await ResumesAsync(successor, 2);
    }

    [Fact]
    public async Task Remove_ArrivesWhenTheJobIsAnothers_TakesNothingOfTheSuccessors()
    {
        var transport = new FaultyTransport();
        Holder stale = await TakeAsync("late-remove", transport.Use);
        SaveStep(stale, 1);
        transport.On(sent => sent.StartsWith("DELETE", StringComparison.Ordinal), Fault.Late);
        Task late = Task.Run(() => SaveStep(stale, 2), Stop);
        await MetAsync(transport);
        Holder successor = await SucceedAsync("late-remove");

        // The same content under the same name: what the other is about to remove.
        SaveStep(successor, 1);

        transport.Release();
        await late;
        await ResumesAsync(successor, 1);
    }

    [Fact]
    public async Task Resume_APartIsGone_BeginsAnew()
    {
        Holder one = await TakeAsync("torn");
        SaveStep(one, 1);
        await _jobs.DeleteBlobAsync(Blobs("torn").Single(), cancellationToken: Stop);

        await one.Checkpoints.ResumeAsync(Directory.CreateDirectory(_folder.Below("torn")).FullName, Stop);

        Directory.GetFileSystemEntries(_folder.Below("torn")).ShouldBeEmpty();
    }

    [Fact]
    public async Task RemoveAll_JobHasEnded_LeavesNothing()
    {
        Holder one = await TakeAsync("ended");
        SaveStep(one, 1);
        one.Checkpoints.Add(_folder.Below("step"), Path.GetFileName(_folder.Write("step/more", "more")));
        Blobs("ended").Count.ShouldBe(2);

        await one.Checkpoints.RemoveAllAsync(Stop);

        Blobs("ended").ShouldBeEmpty();
        one.Lease.Record.Checkpoint.ShouldBeNull();
    }

    private sealed record Holder(string Job, JobLease Lease, Checkpoints Checkpoints);

    private async Task<Holder> TakeAsync(string job, Action<Azure.Core.ClientOptions>? transport = null, string worker = "one")
    {
        BlobServiceClient service = StorageClients.Blobs(azurite.Storage, transport);
        BlobClient blob = service.GetBlobContainerClient(ContainerNames.Jobs).GetBlobClient(BlobNames.JobAttempts(job));
        JobLease lease = (await JobLease.TryTakeAsync(blob, worker, TimeSpan.FromSeconds(60), TimeProvider.System, Stop)).ShouldNotBeNull();
        int attempt = lease.Record.Attempts + 1;
        (await lease.SaveAsync(lease.Record with { Attempts = attempt }, Stop)).ShouldBeTrue();
        return new Holder(job, lease, new Checkpoints(new BlobStore(service), lease, job, attempt, NullLogger.Instance, CancellationToken.None));
    }

    /// <summary>The lease ran out, and another has it.</summary>
    private async Task<Holder> SucceedAsync(string job, string worker = "two")
    {
        BlobClient blob = _jobs.GetBlobClient(BlobNames.JobAttempts(job));
        await blob.GetBlobLeaseClient().BreakAsync(TimeSpan.Zero, cancellationToken: Stop);
        return await TakeAsync(job, worker: worker);
    }

    private void SaveStep(Holder holder, int step)
    {
        _folder.Write("step/weights", $"weights {step}");
        holder.Checkpoints.Save(_folder.Below("step"), ["weights"]);
    }

    private async Task ResumesAsync(Holder holder, int step)
    {
        string folder = Directory.CreateDirectory(_folder.Below("resumed")).FullName;
        await holder.Lease.ReleaseAsync(Stop);
        Holder next = await TakeAsync(holder.Job);
        await next.Checkpoints.ResumeAsync(folder, Stop);
        File.ReadAllText(Path.Combine(folder, "weights")).ShouldBe($"weights {step}");
    }

    private static async Task MetAsync(FaultyTransport transport)
    {
        while (transport.Met == 0)
        {
            await Task.Delay(10, Stop);
        }
    }

    private List<string> Blobs(string job) =>
        [.. _jobs.GetBlobs(new GetBlobsOptions { Prefix = BlobNames.JobCheckpoints(job) }, Stop).Select(blob => blob.Name)];
}
