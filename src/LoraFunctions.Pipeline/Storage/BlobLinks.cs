using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Models;
using Azure.Storage.Sas;

namespace LoraFunctions.Pipeline.Storage;

/// <summary>
/// Addresses that let their holder do one thing with one blob for minutes. Signed by the identity's delegation key, or, where a connection string
/// has it, by the account's.
/// </summary>
public sealed class BlobLinks(BlobServiceClient service, TimeProvider time)
{
    /// <summary>Time enough to begin a download.</summary>
    public static readonly TimeSpan ReadTime = TimeSpan.FromMinutes(5);

    /// <summary>Time enough for two hundred photos over a slow line.</summary>
    public static readonly TimeSpan WriteTime = TimeSpan.FromMinutes(30);

    /// <summary>Clocks differ.</summary>
    private static readonly TimeSpan s_skew = TimeSpan.FromMinutes(5);

    private static readonly TimeSpan s_keyTime = TimeSpan.FromHours(2);

    private UserDelegationKey? _key;

    public Task<Uri> ReadAsync(string container, string name, CancellationToken cancellationToken) =>
        SignAsync(container, name, BlobSasPermissions.Read, ReadTime, cancellationToken);

    /// <summary>For a blob that is not there yet: it can neither be read nor written a second time.</summary>
    public Task<Uri> CreateAsync(string container, string name, CancellationToken cancellationToken) =>
        SignAsync(container, name, BlobSasPermissions.Create, WriteTime, cancellationToken);

    private async Task<Uri> SignAsync(string container, string name, BlobSasPermissions permissions, TimeSpan lasts, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        var blob = service.GetBlobContainerClient(container).GetBlobClient(name);
        var sas = new BlobSasBuilder(permissions, now + lasts)
        {
            BlobContainerName = container,
            BlobName = name,
            Resource = "b",
            StartsOn = now - s_skew,
            Protocol = service.Uri.Scheme == Uri.UriSchemeHttps ? SasProtocol.Https : SasProtocol.HttpsAndHttp,
        };
        if (blob.CanGenerateSasUri)
        {
            return blob.GenerateSasUri(sas);
        }

        if (_key is null || _key.SignedExpiresOn < now + lasts + s_skew)
        {
            _key = (await service.GetUserDelegationKeyAsync(now - s_skew, now + s_keyTime, cancellationToken)).Value;
        }

        return new BlobUriBuilder(blob.Uri) { Sas = sas.ToSasQueryParameters(_key, service.AccountName) }.ToUri();
    }
}
