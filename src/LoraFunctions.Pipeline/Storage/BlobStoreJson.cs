using System.Text.Json;

namespace LoraFunctions.Pipeline.Storage;

/// <summary>In a <c>latest.json</c>: a straggler of an earlier night does not put its own in the place of a later one's.</summary>
/// <param name="AsOf">When the night, or the person's request, that wrote it began.</param>
public sealed record PointerTimes(DateTime AsOf)
{
    public static bool IsLater(PointerTimes? there, DateTime asOf) => there?.AsOf > asOf;
}

/// <summary>JSON in and out of a <see cref="BlobStore"/>, indented for the people who open it.</summary>
public static class BlobStoreJson
{
    /// <summary>Another writer between our read and our write is rare; ten in a row is a fault.</summary>
    private const int MaxSwapTries = 10;

    /// <summary>What is swapped may not be kept by any cache.</summary>
    private static readonly BlobHeaders s_swapped = BlobHeaders.Json with { CacheControl = "no-cache" };

    /// <summary>Commits with <c>If-None-Match: *</c>; whoever finds the name taken adopts what is there.</summary>
    public static Task<StoredBlob> PutJsonIfAbsentAsync<T>(
        this BlobStore blobs,
        string container,
        string name,
        T value,
        CancellationToken cancellationToken) =>
        blobs.PutIfAbsentAsync(container, name, Bytes(value), BlobHeaders.Json, cancellationToken);

    /// <exception cref="MissingBlobException">It is not there.</exception>
    /// <exception cref="InvalidDataException">Its content is not what the reference says, or no such JSON.</exception>
    public static async Task<T> ReadJsonAsync<T>(this BlobStore blobs, BlobRef blob, CancellationToken cancellationToken) =>
        Parse<T>(new ReadBlob(blob, await blobs.ReadAsync(blob, cancellationToken)));

    /// <summary>Null when it is not there.</summary>
    /// <exception cref="InvalidDataException">It is no such JSON.</exception>
    public static async Task<T?> TryReadJsonAsync<T>(this BlobStore blobs, string container, string name, CancellationToken cancellationToken)
        where T : class =>
        await blobs.TryReadAsync(container, name, cancellationToken) is { } read ? Parse<T>(read) : null;

    /// <summary>
    /// Replaces a <c>latest.json</c> under its ETag. <paramref name="update"/> gets what is there (null: nothing) and gives what shall be there,
    /// or null to leave it; it is called again when another writer was faster.
    /// </summary>
    /// <exception cref="IOException">Others were faster every time.</exception>
    public static Task SwapJsonAsync<T>(
        this BlobStore blobs,
        string container,
        string name,
        Func<T?, T?> update,
        CancellationToken cancellationToken)
        where T : class =>
        blobs.SwapJsonAsync<T>(container, name, there => Task.FromResult(update(there)), cancellationToken);

    /// <summary>The same for what takes more than a function of what is there.</summary>
    /// <exception cref="IOException">Others were faster every time.</exception>
    public static async Task SwapJsonAsync<T>(
        this BlobStore blobs,
        string container,
        string name,
        Func<T?, Task<T?>> update,
        CancellationToken cancellationToken)
        where T : class
    {
        for (var tries = 0; tries < MaxSwapTries; tries++)
        {
            var there = await blobs.TryReadAsync(container, name, cancellationToken);
            if (await update(there is null ? null : Parse<T>(there)) is not { } value)
            {
                return;
            }

            var content = Bytes(value);
            if (there is not null && there.Content.Span.SequenceEqual(content.Span))
            {
                return;
            }

            if (await blobs.TryReplaceAsync(container, name, content, there?.Ref, s_swapped, cancellationToken) is not null)
            {
                return;
            }
        }

        throw new IOException($"{container}/{name} was changed by others {MaxSwapTries} times while it was to be replaced. Is something writing it in a loop?");
    }

    private static ReadOnlyMemory<byte> Bytes<T>(T value) => JsonSerializer.SerializeToUtf8Bytes(value, ContractJson.IndentedOptions);

    /// <exception cref="InvalidDataException">It is no such JSON.</exception>
    public static T Parse<T>(ReadBlob read)
    {
        try
        {
            return ContractJson.Deserialize<T>(read.Content.Span);
        }
        catch (JsonException e)
        {
            throw new InvalidDataException($"{read.Ref.Container}/{read.Ref.Name} is no {typeof(T).Name}: {e.Message}", e);
        }
    }
}
