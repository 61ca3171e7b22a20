using Azure;
using Azure.Core;
using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Models;
using Azure.Storage.Blobs.Specialized;

namespace LoraFunctions.Cli.Azurite;

/// <summary>
/// Azurite keeps names and contents in two files that it saves every so often, one after the other. Killed in between, it may know a
/// blob whose content it cannot find, and answers 500 for ever. Such blobs go: whatever makes them is safe to run again.
/// </summary>
internal static class AzuriteRepair
{
    /// <summary>A fault that stays is none of the moment.</summary>
    private const int Looks = 3;

    /// <summary>Removes blobs that cannot be read, and tells their names.</summary>
    public static async Task<IReadOnlyList<string>> RemoveUnreadableBlobsAsync(AzuriteServer server, CancellationToken cancellationToken)
    {
        var options = new BlobClientOptions();
        options.Retry.MaxRetries = 0;
        options.Retry.Mode = RetryMode.Fixed;
        var service = new BlobServiceClient(server.ConnectionString, options);
        var removed = new List<string>();
        await foreach (BlobContainerItem container in service.GetBlobContainersAsync(cancellationToken: cancellationToken))
        {
            BlobContainerClient client = service.GetBlobContainerClient(container.Name);
            await foreach (BlobItem blob in client.GetBlobsAsync(cancellationToken: cancellationToken))
            {
                if (blob.Properties.ContentLength == 0 || await IsReadableAsync(client.GetBlobClient(blob.Name), cancellationToken))
                {
                    continue;
                }

                if (blob.Properties.LeaseState == LeaseState.Leased)
                {
                    await client.GetBlobClient(blob.Name).GetBlobLeaseClient().BreakAsync(
                        TimeSpan.Zero,
                        cancellationToken: cancellationToken);
                }

                await client.DeleteBlobIfExistsAsync(
                    blob.Name,
                    DeleteSnapshotsOption.IncludeSnapshots,
                    cancellationToken: cancellationToken);
                removed.Add($"{container.Name}/{blob.Name}");
            }
        }

        return removed;
    }

    private static async Task<bool> IsReadableAsync(BlobClient blob, CancellationToken cancellationToken)
    {
        for (int look = 1; ; look++)
        {
            try
            {
                // The whole of it: a big blob lies in several contents.
                await using Stream content = await blob.OpenReadAsync(cancellationToken: cancellationToken);
                await content.CopyToAsync(Stream.Null, cancellationToken);
                return true;
            }
            catch (RequestFailedException exception) when (exception.Status >= 500)
            {
                if (look == Looks)
                {
                    return false;
                }
            }
        }
    }
}
