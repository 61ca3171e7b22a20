using LoraFunctions.Pipeline.Storage;
using Microsoft.Extensions.Logging;

namespace LoraFunctions.Worker.Storage;

/// <summary>
/// Downloaded blobs by their SHA-256, so that a base model is fetched once and not once a job. What was not used for longest goes when they
/// take more room than they may, but nothing that the running job has. One worker process a folder, one job at a time.
/// </summary>
internal sealed class ContentCache(BlobStore blobs, string folder, long maxBytes, TimeProvider time, ILogger logger)
{
    private readonly HashSet<string> _inUse = new(StringComparer.Ordinal);

    /// <summary>Read to the end by this process: a file that a power cut left damaged is found once.</summary>
    private readonly HashSet<string> _checked = new(StringComparer.Ordinal);

    /// <summary>Puts the blob's content at <paramref name="path"/>, as a link where the system has them: it is for reading only.</summary>
    /// <exception cref="NonRetriableJobException">It is gone, or not what the reference names.</exception>
    public async Task PlaceAsync(BlobRef blob, string path, CancellationToken cancellationToken)
    {
        string cached = await FetchAsync(blob, cancellationToken);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        if (!TryLink(path, cached))
        {
            File.Copy(cached, path, overwrite: true);
        }
    }

    /// <summary>Path of the blob's content in the cache, where it stays until <see cref="Release"/>.</summary>
    /// <exception cref="NonRetriableJobException">It is gone, or not what the reference names.</exception>
    public async Task<string> FetchAsync(BlobRef blob, CancellationToken cancellationToken)
    {
        if (!IsDigest(blob.Sha256))
        {
            throw new NonRetriableJobException($"The job's reference to {blob.Container}/{blob.Name} has no SHA-256 but "
                + $"'{blob.Sha256}'; make the job again.");
        }

        string cached = Path.Combine(folder, blob.Sha256[..2], blob.Sha256);
        _inUse.Add(blob.Sha256);
        if (!File.Exists(cached) || (!_checked.Contains(blob.Sha256) && await Digests.OfFileAsync(cached, cancellationToken) != blob.Sha256))
        {
            Directory.CreateDirectory(Path.GetDirectoryName(cached)!);
            try
            {
                await blobs.DownloadAsync(blob, cached, cancellationToken);
            }
            catch (Exception exception) when (exception is MissingBlobException or InvalidDataException)
            {
                throw new NonRetriableJobException(exception.Message, exception);
            }

            Trim();
        }

        _checked.Add(blob.Sha256);

        // The time of its last use; a file system does not always keep that of reading.
        File.SetLastWriteTimeUtc(cached, time.GetUtcNow().UtcDateTime);
        return cached;
    }

    /// <summary>The job has ended: everything may go.</summary>
    public void Release()
    {
        _inUse.Clear();
        Trim();
    }

    private void Trim()
    {
        if (!Directory.Exists(folder))
        {
            return;
        }

        List<FileInfo> files = [.. new DirectoryInfo(folder).EnumerateFiles("*", SearchOption.AllDirectories).OrderBy(file => file.LastWriteTimeUtc)];
        long bytes = files.Sum(file => file.Length);
        int removed = 0;
        long freed = 0;
        foreach (FileInfo file in files.Where(file => !_inUse.Contains(file.Name)))
        {
            // A name that is no digest is a download that was killed: no job runs while another downloads.
            if (bytes - freed > maxBytes || !IsDigest(file.Name))
            {
                freed += file.Length;
                removed++;
                file.Delete();
                _checked.Remove(file.Name);
            }
        }

        if (removed > 0)
        {
            WorkerLog.CacheTrimmed(logger, removed, freed);
        }
    }

    private static bool IsDigest(string name) => name.Length == 64 && name.All(char.IsAsciiHexDigitLower);

    private static bool TryLink(string path, string target)
    {
        try
        {
            File.CreateSymbolicLink(path, target);
            return true;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or PlatformNotSupportedException)
        {
            return false;
        }
    }
}
