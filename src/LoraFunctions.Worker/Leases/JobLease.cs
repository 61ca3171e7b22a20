using System.Text;
using System.Security.Cryptography;
using Azure;
using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Models;
using Azure.Storage.Blobs.Specialized;

namespace LoraFunctions.Worker.Leases;

/// <summary>
/// One worker's right to work on a job: a lease on the blob that counts its attempts and names its checkpoint. Every write to that blob asks
/// for the lease and for the version that was read: a write that comes late, from a worker that lost the job or from a call that hung, fails.
/// </summary>
internal sealed class JobLease
{
    private readonly BlobClient _blob;
    private readonly BlobLeaseClient _lease;
    private ETag _etag;
    private volatile bool _isLost;

    private JobLease(BlobClient blob, BlobLeaseClient lease, AttemptRecord record, ETag etag, DateTimeOffset since)
    {
        _blob = blob;
        _lease = lease;
        _etag = etag;
        Record = record;
        Since = since;
    }

    public AttemptRecord Record { get; private set; }

    /// <summary>When it was asked for: from then its duration counts.</summary>
    public DateTimeOffset Since { get; }

    /// <summary>The service has said that the job is somebody else's by now.</summary>
    public bool IsLost => _isLost;

    /// <summary>Null when another worker has it.</summary>
    public static async Task<JobLease?> TryTakeAsync(
        BlobClient blob,
        string workerName,
        TimeSpan duration,
        TimeProvider time,
        CancellationToken cancellationToken)
    {
        try
        {
            await blob.UploadAsync(
                BinaryData.FromString(ContractJson.Serialize(AttemptRecord.None)),
                new BlobUploadOptions { Conditions = new BlobRequestConditions { IfNoneMatch = ETag.All } },
                cancellationToken);
        }
        catch (RequestFailedException exception) when (exception.Status is 409 or 412)
        {
            // It is there already, perhaps leased; the lease below tells.
        }

        BlobLeaseClient lease = blob.GetBlobLeaseClient(LeaseId(workerName, blob.Name));
        DateTimeOffset asked = time.GetUtcNow();
        try
        {
            await lease.AcquireAsync(duration, cancellationToken: cancellationToken);
        }
        catch (RequestFailedException exception) when (exception.ErrorCode == BlobErrorCode.LeaseAlreadyPresent)
        {
            return null;
        }

        BlobDownloadResult content = await blob.DownloadContentAsync(
            new BlobDownloadOptions { Conditions = new BlobRequestConditions { LeaseId = lease.LeaseId } },
            cancellationToken);
        return new JobLease(blob, lease, ContractJson.Deserialize<AttemptRecord>(content.Content), content.Details.ETag, asked);
    }

    /// <summary>False: the lease is somebody else's by now.</summary>
    public Task<bool> RenewAsync(CancellationToken cancellationToken) =>
        WhileOursAsync(async () =>
        {
            await _lease.RenewAsync(cancellationToken: cancellationToken);
            return true;
        });

    /// <summary>False: the lease is somebody else's by now, and nothing was written.</summary>
    public Task<bool> SaveAsync(AttemptRecord record, CancellationToken cancellationToken) => WhileOursAsync(async () =>
    {
        string text = ContractJson.Serialize(record);
        try
        {
            BlobContentInfo written = await _blob.UploadAsync(
                BinaryData.FromString(text),
                new BlobUploadOptions
                {
                    Conditions = new BlobRequestConditions { LeaseId = _lease.LeaseId, IfMatch = _etag },
                    HttpHeaders = new BlobHttpHeaders { ContentType = "application/json" },
                },
                cancellationToken);
            _etag = written.ETag;
        }
        catch (RequestFailedException exception) when (exception.ErrorCode == BlobErrorCode.ConditionNotMet)
        {
            // Ours all the same, where the answer to a first try was lost.
            BlobDownloadResult there = await _blob.DownloadContentAsync(
                new BlobDownloadOptions { Conditions = new BlobRequestConditions { LeaseId = _lease.LeaseId } },
                cancellationToken);
            if (there.Content.ToString() != text)
            {
                return false;
            }

            _etag = there.Details.ETag;
        }

        Record = record;
        return true;
    });

    /// <summary>Lets the next worker in at once.</summary>
    public Task<bool> ReleaseAsync(CancellationToken cancellationToken) =>
        WhileOursAsync(async () =>
        {
            await _lease.ReleaseAsync(cancellationToken: cancellationToken);
            return true;
        });

    private async Task<bool> WhileOursAsync(Func<Task<bool>> action)
    {
        try
        {
            if (await action())
            {
                return true;
            }
        }
        catch (RequestFailedException exception) when (exception.Status is 404 or 409 or 412)
        {
            // Broken, run out, taken by another, or the blob is gone.
        }

        _isLost = true;
        return false;
    }

    /// <summary>The same for the same worker and job, so that a worker that starts again takes over what it held.</summary>
    private static string LeaseId(string workerName, string blobName) =>
        new Guid(SHA256.HashData(Encoding.UTF8.GetBytes($"{workerName}\n{blobName}")).AsSpan(0, 16)).ToString();
}

/// <summary><c>jobs/{jobId}/attempts.json</c>, the blob whose lease says who works on the job.</summary>
/// <param name="Attempts">Attempts begun so far; artefacts lie below <c>jobs/{jobId}/{attempt}/</c>, so a number is used once.</param>
/// <param name="Excused">
/// Those of them that are no failures: the worker was told to stop, lost the job or could not reach the storage; and all up to the newest checkpoint.
/// </param>
/// <param name="LastError">Of the last attempt that failed; null when none did, or its worker died without a word.</param>
/// <param name="Checkpoint">What the next attempt goes on from.</param>
internal sealed record AttemptRecord(
    int Attempts,
    IReadOnlyList<int>? Excused = null,
    string? LastError = null,
    IReadOnlyList<CheckpointFile>? Checkpoint = null)
{
    public static AttemptRecord None { get; } = new(0);

    /// <summary>Attempts that failed, died, or run.</summary>
    public int Failures => Attempts - (Excused?.Count ?? 0);

    public AttemptRecord WithExcused(IEnumerable<int> attempts) =>
        attempts.Where(attempt => attempt >= 1 && attempt <= Attempts && Excused?.Contains(attempt) != true).ToList() is { Count: > 0 } added
            ? this with { Excused = [.. Excused ?? [], .. added] }
            : this;
}

/// <summary>A file of a checkpoint.</summary>
/// <param name="Name">In the folder of the job, with '/' between folders.</param>
/// <param name="Blob">Below <c>jobs/{jobId}/checkpoints/</c>; used once.</param>
internal sealed record CheckpointFile(string Name, string Blob, string Sha256);
