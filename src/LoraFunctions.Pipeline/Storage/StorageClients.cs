using Azure.Core;
using Azure.Identity;
using Azure.Storage.Blobs;
using Azure.Storage.Queues;

namespace LoraFunctions.Pipeline.Storage;

/// <summary>The service clients that the options describe.</summary>
public static class StorageClients
{
    /// <param name="configure">Changes the client's own options, e.g. its transport.</param>
    public static BlobServiceClient Blobs(StorageOptions options, Action<ClientOptions>? configure = null)
    {
        var settings = new BlobClientOptions();
        Prepare(settings, configure);
        return options.ConnectionString is { Length: > 0 } connection
            ? new BlobServiceClient(connection, settings)
            : new BlobServiceClient(options.BlobServiceUri, Credential(options), settings);
    }

    /// <summary>Messages are raw text: host.json says the same to the triggers, and a mismatch would land silently in <c>-poison</c>.</summary>
    /// <param name="configure">Changes the client's own options, e.g. its transport.</param>
    public static QueueServiceClient Queues(StorageOptions options, Action<ClientOptions>? configure = null)
    {
        var settings = new QueueClientOptions { MessageEncoding = QueueMessageEncoding.None };
        Prepare(settings, configure);
        return options.ConnectionString is { Length: > 0 } connection
            ? new QueueServiceClient(connection, settings)
            : new QueueServiceClient(options.QueueServiceUri, Credential(options), settings);
    }

    private static void Prepare(ClientOptions settings, Action<ClientOptions>? configure)
    {
        settings.AddPolicy(new StorageFaults.Policy(), HttpPipelinePosition.PerCall);
        configure?.Invoke(settings);
    }

    private static TokenCredential Credential(StorageOptions options) =>
        new DefaultAzureCredential(new DefaultAzureCredentialOptions { ManagedIdentityClientId = options.ClientId });
}
