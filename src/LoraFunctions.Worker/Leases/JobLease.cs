using System.Security.Cryptography;
using System.Text;
using Azure;
using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Models;
using Azure.Storage.Blobs.Specialized;
using LoraFunctions.Pipeline;

namespace LoraFunctions.Worker.Leases;

/// <summary>One worker's right to work on a job: a lease on the blob that counts its attempts.</summary>
internal sealed class JobLease
{
    private readonly BlobClient _blob;
    private readonly BlobLeaseClient _lease;

    private JobLease(BlobClient blob, BlobLeaseClient lease, AttemptRecord record)
    {
        _blob = blob;
        _lease = lease;
        Record = record;
    }

    public AttemptRecord Record { get; private set; }

    /// <summary>Null when another worker has it.</summary>
    public static async Task<JobLease?> TryTakeAsync(
        BlobClient blob,
        string workerName,
        TimeSpan duration,
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
        return new JobLease(blob, lease, ContractJson.Deserialize<AttemptRecord>(content.Content));
    }

    /// <summary>False: the lease is somebody else's by now.</summary>
    public Task<bool> RenewAsync(CancellationToken cancellationToken) =>
        WhileOursAsync(() => _lease.RenewAsync(cancellationToken: cancellationToken));

    /// <summary>False: the lease is somebody else's by now.</summary>
    public Task<bool> SaveAsync(AttemptRecord record, CancellationToken cancellationToken) => WhileOursAsync(async () =>
    {
        await _blob.UploadAsync(
            BinaryData.FromString(ContractJson.Serialize(record)),
            new BlobUploadOptions
            {
                Conditions = new BlobRequestConditions { LeaseId = _lease.LeaseId },
                HttpHeaders = new BlobHttpHeaders { ContentType = "application/json" },
            },
            cancellationToken);
        Record = record;
    });

    /// <summary>Lets the next worker in at once.</summary>
    public Task<bool> ReleaseAsync(CancellationToken cancellationToken) =>
        WhileOursAsync(() => _lease.ReleaseAsync(cancellationToken: cancellationToken));

    private static async Task<bool> WhileOursAsync(Func<Task> action)
    {
        try
        {
            await action();
            return true;
        }
        catch (RequestFailedException exception) when (exception.Status is 404 or 409 or 412)
        {
            return false;
        }
    }

    /// <summary>The same for the same worker and job, so that a worker that starts again takes over what it held.</summary>
    private static string LeaseId(string workerName, string blobName) =>
        new Guid(SHA256.HashData(Encoding.UTF8.GetBytes($"{workerName}\n{blobName}")).AsSpan(0, 16)).ToString();
}
