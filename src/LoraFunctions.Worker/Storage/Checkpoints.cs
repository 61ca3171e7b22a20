using Azure;
using LoraFunctions.Pipeline.Storage;
using LoraFunctions.Worker.Leases;
using Microsoft.Extensions.Logging;

namespace LoraFunctions.Worker.Storage;

/// <summary>
/// <c>jobs/{jobId}/checkpoints/</c>: what any attempt goes on from. Blobs have names that are used once; which of them make the checkpoint stands
/// in the record under the job's lease, so that a worker that lost it can neither overwrite nor remove what its successor goes on from.
/// Saving happens on the job's own thread, which waits.
/// </summary>
/// <param name="owned">Cancelled when the job is somebody else's.</param>
internal sealed class Checkpoints(BlobStore blobs, JobLease lease, string jobId, int attempt, ILogger logger, CancellationToken owned)
{
    private const int DigestLength = 16;

    private readonly string _prefix = BlobNames.JobCheckpoints(jobId);

    /// <summary>Fetches what an earlier attempt saved; nothing, where a part of it is not there any more as it was.</summary>
    public async Task ResumeAsync(string folder, CancellationToken cancellationToken)
    {
        IReadOnlyList<CheckpointFile> files = lease.Record.Checkpoint ?? [];
        try
        {
            foreach (CheckpointFile file in files)
            {
                string path = Path.Combine(folder, file.Name);
                Directory.CreateDirectory(Path.GetDirectoryName(path)!);
                await blobs.DownloadAsync(new BlobRef(ContainerNames.Jobs, _prefix + file.Blob, string.Empty, file.Sha256), path, cancellationToken);
            }
        }
        catch (Exception exception) when (exception is MissingBlobException or InvalidDataException)
        {
            WorkerLog.CheckpointUnusable(logger, jobId, exception.Message);
            Directory.Delete(folder, recursive: true);
            Directory.CreateDirectory(folder);
            return;
        }

        if (files.Count > 0)
        {
            WorkerLog.CheckpointResumed(logger, jobId, files.Count);
        }
    }

    /// <summary>Makes these files the checkpoint; those that are there as they are are not sent again.</summary>
    /// <exception cref="OperationCanceledException">The job is somebody else's; nothing of its checkpoint was changed.</exception>
    public void Save(string folder, IEnumerable<string> files) => SaveAsync(folder, files, keep: false).GetAwaiter().GetResult();

    /// <summary>Adds a file to the checkpoint.</summary>
    /// <exception cref="OperationCanceledException">The job is somebody else's; nothing of its checkpoint was changed.</exception>
    public void Add(string folder, string file) => SaveAsync(folder, [file], keep: true).GetAwaiter().GetResult();

    /// <summary>For a job that has ended well: nobody goes on from there.</summary>
    public async Task RemoveAllAsync(CancellationToken cancellationToken)
    {
        IReadOnlyList<BlobEntry> left = await blobs.ListAsync(ContainerNames.Jobs, _prefix, cancellationToken);
        if (left.Count > 0 && await lease.SaveAsync(lease.Record with { Checkpoint = null }, cancellationToken))
        {
            foreach (BlobEntry blob in left)
            {
                await blobs.RemoveAsync(ContainerNames.Jobs, blob.Name, cancellationToken);
            }
        }
    }

    private async Task SaveAsync(string folder, IEnumerable<string> files, bool keep)
    {
        owned.ThrowIfCancellationRequested();
        IReadOnlyList<CheckpointFile> before = lease.Record.Checkpoint ?? [];
        var known = before.ToDictionary(file => (file.Name, file.Sha256));
        var now = new List<CheckpointFile>();
        var uploaded = new List<string>();
        foreach (string file in files)
        {
            string path = Path.Combine(folder, file);
            string name = file.Replace('\\', '/');
            string digest = await Digests.OfFileAsync(path, owned);
            if (known.GetValueOrDefault((name, digest)) is not { } saved)
            {
                saved = new CheckpointFile(name, $"{attempt}/{digest[..DigestLength]}/{name}", digest);
                await blobs.PutFileIfAbsentAsync(ContainerNames.Jobs, _prefix + saved.Blob, path, headers: null, owned);
                uploaded.Add(name);
            }

            now.Add(saved);
        }

        HashSet<string> names = [.. now.Select(file => file.Name)];
        CheckpointFile[] gone = [.. before.Where(file => !now.Contains(file) && (!keep || names.Contains(file.Name)))];
        AttemptRecord record = lease.Record with { Checkpoint = [.. before.Where(file => keep && !names.Contains(file.Name)), .. now] };

        // What kills its worker does so where it is; a job that got further was killed by something else.
        record = record.WithExcused(Enumerable.Range(1, attempt));
        if (!await lease.SaveAsync(record, owned))
        {
            throw new OperationCanceledException($"Job {jobId} is another worker's by now; its checkpoint is left as it is.");
        }

        // Only now would a successor find them.
        uploaded.ForEach(name => WorkerLog.CheckpointUploaded(logger, jobId, name));
        await RemoveAsync(gone);
    }

    /// <summary>Only what the record named before it was saved under the lease: a successor cannot know these.</summary>
    private async Task RemoveAsync(IEnumerable<CheckpointFile> gone)
    {
        try
        {
            foreach (CheckpointFile file in gone)
            {
                await blobs.RemoveAsync(ContainerNames.Jobs, _prefix + file.Blob, owned);
            }
        }
        catch (Exception exception) when (StorageFaults.IsTransient(exception) || exception is RequestFailedException)
        {
            // They take room until the job has ended.
            WorkerLog.CheckpointsLeft(logger, jobId, exception);
        }
    }
}
