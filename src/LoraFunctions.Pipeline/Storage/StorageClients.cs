using Azure.Core;
using Azure.Identity;
using Azure.Storage.Blobs;
using Azure.Storage.Queues;

namespace LoraFunctions.Pipeline.Storage;

/// <summary>The service clients that the options describe.</summary>
public static class StorageClients
{
    public static BlobServiceClient Blobs(StorageOptions options) =>
        options.ConnectionString is { Length: > 0 } connection
            ? new BlobServiceClient(connection)
            : new BlobServiceClient(options.BlobServiceUri, Credential(options));

    /// <summary>Messages are raw text: host.json says the same to the triggers, and a mismatch would land silently in <c>-poison</c>.</summary>
    public static QueueServiceClient Queues(StorageOptions options)
    {
        var settings = new QueueClientOptions { MessageEncoding = QueueMessageEncoding.None };
        return options.ConnectionString is { Length: > 0 } connection
            ? new QueueServiceClient(connection, settings)
            : new QueueServiceClient(options.QueueServiceUri, Credential(options), settings);
    }

    private static TokenCredential Credential(StorageOptions options) =>
        new DefaultAzureCredential(new DefaultAzureCredentialOptions { ManagedIdentityClientId = options.ClientId });
}
