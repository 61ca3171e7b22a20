using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Models;
using LoraFunctions.Pipeline.Storage;
using LoraFunctions.Worker.Logging;
using Microsoft.Extensions.Logging;

namespace LoraFunctions.Worker.Storage;

/// <summary><c>jobs/{jobId}/checkpoints/</c>: what any attempt goes on from. Saving happens on the job's own thread, which waits.</summary>
internal sealed class Checkpoints(BlobContainerClient jobs, string jobId, ILogger logger)
{
    private readonly string _prefix = BlobNames.JobCheckpoints(jobId);

    /// <summary>Fetches everything an earlier attempt saved.</summary>
    public async Task DownloadAsync(string folder, CancellationToken cancellationToken)
    {
        int files = 0;
        await foreach (BlobItem blob in jobs.GetBlobsAsync(new GetBlobsOptions { Prefix = _prefix }, cancellationToken))
        {
            string path = Path.Combine(folder, blob.Name[_prefix.Length..]);
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            await jobs.GetBlobClient(blob.Name).DownloadToAsync(path, cancellationToken);
            files++;
        }

        if (files > 0)
        {
            WorkerLog.CheckpointResumed(logger, jobId, files);
        }
    }

    /// <summary>Saves files in their order; a blob appears whole or not at all.</summary>
    public void Upload(string folder, IEnumerable<string> files)
    {
        foreach (string file in files)
        {
            using FileStream content = File.OpenRead(Path.Combine(folder, file));
            string name = file.Replace('\\', '/');
            jobs.GetBlobClient(_prefix + name).Upload(content, new BlobUploadOptions());
            WorkerLog.CheckpointUploaded(logger, jobId, name);
        }
    }

    /// <summary>Removes what is not among the given files.</summary>
    public void RemoveOthers(IEnumerable<string> files)
    {
        HashSet<string> keep = [.. files.Select(file => _prefix + file.Replace('\\', '/'))];
        foreach (BlobItem blob in jobs.GetBlobs(new GetBlobsOptions { Prefix = _prefix }))
        {
            if (!keep.Contains(blob.Name))
            {
                jobs.DeleteBlobIfExists(blob.Name);
            }
        }
    }
}
