using LoraFunctions.Jobs;
using LoraFunctions.Pipeline.Storage;

namespace LoraFunctions.Worker.Storage;

/// <summary>
/// Downloaded blobs by their SHA-256, so that a base model is fetched once and not once a job. One worker process a folder.
/// </summary>
internal sealed class ContentCache(BlobStore blobs, string folder)
{
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

    /// <summary>Path of the blob's content in the cache.</summary>
    /// <exception cref="NonRetriableJobException">It is gone, or not what the reference names.</exception>
    public async Task<string> FetchAsync(BlobRef blob, CancellationToken cancellationToken)
    {
        if (blob.Sha256.Length != 64 || !blob.Sha256.All(char.IsAsciiHexDigitLower))
        {
            throw new NonRetriableJobException($"The job's reference to {blob.Container}/{blob.Name} has no SHA-256 but "
                + $"'{blob.Sha256}'; make the job again.");
        }

        string cached = Path.Combine(folder, blob.Sha256[..2], blob.Sha256);
        if (!File.Exists(cached))
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
        }

        return cached;
    }

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
