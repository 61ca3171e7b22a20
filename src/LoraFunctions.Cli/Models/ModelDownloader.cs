using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using LoraFunctions.Jobs;

namespace LoraFunctions.Cli.Models;

/// <summary>
/// Fetches files by URL and SHA-256. What has come so far lies in <c>{file}.partial</c> and is gone on with (HTTP Range), in the same run
/// or the next; a file gets its name only once its SHA-256 is right.
/// </summary>
internal sealed class ModelDownloader(HttpClient http, TimeProvider time)
{
    private const int Attempts = 5;
    private const int BufferBytes = 1 << 20;

    private static readonly TimeSpan s_firstPause = TimeSpan.FromSeconds(1);

    /// <returns>True: fetched; false: it was there already.</returns>
    /// <exception cref="InvalidJobInputException">
    /// Another file lies there, the server has none, or what it gives has another SHA-256.
    /// </exception>
    /// <exception cref="IOException">The connection broke too often; what has come is kept.</exception>
    public async Task<bool> FetchAsync(
        ModelDownload download,
        string folder,
        IProgress<JobProgress>? progress,
        CancellationToken cancellationToken)
    {
        var path = Path.GetFullPath(Path.Combine(folder, download.Path));
        if (File.Exists(path))
        {
            var there = await Sha256Async(path, cancellationToken);
            return there == download.Sha256
                ? false
                : throw new InvalidJobInputException(
                    $"{path} lies there with the SHA-256 {there}, the list says {download.Sha256}; move it away to fetch the listed one.");
        }

        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        var partial = path + ".partial";
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                await ContinueAsync(download, partial, progress, cancellationToken);
                break;
            }
            catch (Exception exception) when (exception is HttpRequestException { StatusCode: null } or IOException && attempt < Attempts)
            {
                await Task.Delay(s_firstPause * Math.Pow(2, attempt - 1), time, cancellationToken);
            }
            catch (HttpRequestException exception) when (exception.StatusCode is null)
            {
                throw new IOException(
                    $"{download.Url}: the connection broke {Attempts} times ({exception.Message}); run again to go on from "
                        + $"{new FileInfo(partial) switch { { Exists: true } f => f.Length, _ => 0 }} bytes.",
                    exception);
            }
        }

        var sha256 = await Sha256Async(partial, cancellationToken);
        if (sha256 != download.Sha256)
        {
            File.Delete(partial);
            throw new InvalidJobInputException(
                $"{download.Url}: what came has the SHA-256 {sha256}, the list says {download.Sha256}; it was thrown away.");
        }

        File.Move(partial, path);
        return true;
    }

    private async Task ContinueAsync(
        ModelDownload download,
        string partial,
        IProgress<JobProgress>? progress,
        CancellationToken cancellationToken)
    {
        await using var file = new FileStream(partial, FileMode.OpenOrCreate, FileAccess.Write, FileShare.None);
        using var request = new HttpRequestMessage(HttpMethod.Get, download.Url);
        if (file.Length > 0)
        {
            request.Headers.Range = new RangeHeaderValue(file.Length, null);
        }

        using var response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
        if (response.StatusCode == HttpStatusCode.RequestedRangeNotSatisfiable)
        {
            // All of it has come already, or the file there is shorter than what we have: the SHA-256 tells.
            return;
        }

        if (!response.IsSuccessStatusCode)
        {
            throw new InvalidJobInputException(
                $"{download.Url}: the server answers {(int)response.StatusCode} {response.ReasonPhrase}; check the address.");
        }

        var resumes = response.StatusCode == HttpStatusCode.PartialContent && response.Content.Headers.ContentRange?.From == file.Length;
        if (!resumes)
        {
            file.SetLength(0);
        }

        file.Seek(0, SeekOrigin.End);
        var total = response.Content.Headers.ContentLength + file.Length;
        await using var content = await response.Content.ReadAsStreamAsync(cancellationToken);
        var buffer = new byte[BufferBytes];
        while (await content.ReadAsync(buffer, cancellationToken) is > 0 and var count)
        {
            await file.WriteAsync(buffer.AsMemory(0, count), cancellationToken);
            progress?.Report(new JobProgress($"{download.Path} (MB)", Megabytes(file.Length), Megabytes(total ?? file.Length)));
        }

        if (total is { } expected && file.Length < expected)
        {
            throw new IOException($"{download.Url}: the connection ended after {file.Length} of {expected} bytes.");
        }
    }

    private static async Task<string> Sha256Async(string path, CancellationToken cancellationToken)
    {
        await using var stream = File.OpenRead(path);
        return Convert.ToHexStringLower(await SHA256.HashDataAsync(stream, cancellationToken));
    }

    private static int Megabytes(long bytes) => (int)Math.Ceiling(bytes / 1e6);
}
