
namespace LoraFunctions.Pipeline.Storage;

/// <summary>Documents that are written again under a new name when they say something new.</summary>
internal static class Revisions
{
    /// <summary>Commits under the first revision that is free, or finds the one that says the same.</summary>
    /// <param name="name">By revision, from 1.</param>
    /// <param name="comparable">Levels what may differ between equal documents: the times.</param>
    public static async Task<(BlobRef Blob, int Revision)> CommitAsync<T>(
        BlobStore blobs,
        string container,
        Func<int, string> name,
        T document,
        Func<T, T> comparable,
        CancellationToken cancellationToken)
        where T : class
    {
        var wanted = ContractJson.Serialize(comparable(document));
        for (var revision = 1; ; revision++)
        {
            var stored = await blobs.PutJsonIfAbsentAsync(container, name(revision), document, cancellationToken);
            if (stored.Created || ContractJson.Serialize(comparable(await blobs.ReadJsonAsync<T>(stored.Ref, cancellationToken))) == wanted)
            {
                return (stored.Ref, revision);
            }
        }
    }
}
