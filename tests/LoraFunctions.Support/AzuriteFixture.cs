using Azure.Storage.Blobs;
using Azure.Storage.Queues;
using LoraFunctions.Cli.Azurite;
using LoraFunctions.Pipeline.Storage;
using Xunit;

namespace LoraFunctions.Support;

/// <summary>One Azurite in memory, with the pipeline's containers and queues, for all tests of an assembly or a class.</summary>
public sealed class AzuriteFixture : IAsyncLifetime
{
    private AzuriteServer? _server;

    public string ConnectionString => _server!.ConnectionString;

    public StorageOptions Storage => new() { ConnectionString = ConnectionString };

    public BlobServiceClient Blobs => StorageClients.Blobs(Storage);

    public QueueServiceClient Queues => StorageClients.Queues(Storage);

    public async ValueTask InitializeAsync()
    {
        _server = await AzuriteServer.StartInMemoryAsync();
        await new BlobStore(Blobs).EnsureContainersAsync(CancellationToken.None);
        await new JobQueue(Queues).EnsureQueuesAsync(CancellationToken.None);
    }

    public async ValueTask DisposeAsync()
    {
        if (_server is not null)
        {
            await _server.DisposeAsync();
        }
    }
}
