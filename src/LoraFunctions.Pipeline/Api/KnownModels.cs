using LoraFunctions.Pipeline.Storage;

namespace LoraFunctions.Pipeline.Api;

/// <summary>Car models that have a data set.</summary>
internal static class KnownModels
{
    /// <summary>Why the key names none; null when it does.</summary>
    public static async Task<string?> ProblemAsync(BlobStore blobs, string modelKey, CancellationToken cancellationToken)
    {
        if (!ModelKeys.IsKey(modelKey))
        {
            return $"'{modelKey}' is no model key: lower-case letters, digits and '-', e.g. '{ModelKeys.Slug(modelKey)}'.";
        }

        if (await blobs.StatAsync(ContainerNames.Datasets, BlobNames.DatasetLatest(modelKey), cancellationToken) is not null)
        {
            return null;
        }

        var known = (await blobs.ListFoldersAsync(ContainerNames.Datasets, cancellationToken)).Except(BlobNames.NoDatasets);
        return $"no car model '{modelKey}' has a data set.{NearestName.Hint(modelKey, known)}";
    }
}
