using System.Security.Cryptography;
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

    // What the storage has, by the content's digest: sample sheets are made once and belong to every checkpoint.
    private readonly Dictionary<string, string> _stored = new(StringComparer.Ordinal);

    /// <summary>Fetches everything an earlier attempt saved.</summary>
    public async Task DownloadAsync(string folder, CancellationToken cancellationToken)
    {
        int files = 0;
        await foreach (BlobItem blob in jobs.GetBlobsAsync(new GetBlobsOptions { Prefix = _prefix }, cancellationToken))
        {
            string name = blob.Name[_prefix.Length..];
            string path = Path.Combine(folder, name);
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            await jobs.GetBlobClient(blob.Name).DownloadToAsync(path, cancellationToken);
            using FileStream content = File.OpenRead(path);
            _stored[name] = Digest(content);
            files++;
        }

        if (files > 0)
        {
            WorkerLog.CheckpointResumed(logger, jobId, files);
        }
    }

    /// <summary>Saves files in their order, those that are there as they are excepted; a blob appears whole or not at all.</summary>
    public void Upload(string folder, IEnumerable<string> files)
    {
        foreach (string file in files)
        {
            using FileStream content = File.OpenRead(Path.Combine(folder, file));
            string name = file.Replace('\\', '/');
            string digest = Digest(content);
            if (_stored.GetValueOrDefault(name) == digest)
            {
                continue;
            }

            content.Position = 0;
            jobs.GetBlobClient(_prefix + name).Upload(content, new BlobUploadOptions());
            _stored[name] = digest;
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
                _stored.Remove(blob.Name[_prefix.Length..]);
            }
        }
    }

    private static string Digest(Stream content) => Convert.ToHexStringLower(SHA256.HashData(content));
}
