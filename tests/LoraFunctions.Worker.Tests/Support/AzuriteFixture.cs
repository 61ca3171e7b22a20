using Azure.Storage.Blobs;
using Azure.Storage.Queues;
using LoraFunctions.Cli.Azurite;
using LoraFunctions.Pipeline.Storage;
using LoraFunctions.Worker.Tests.Support;
using Xunit;

[assembly: AssemblyFixture(typeof(AzuriteFixture))]

namespace LoraFunctions.Worker.Tests.Support;

/// <summary>One Azurite in memory for all tests of this assembly.</summary>
public sealed class AzuriteFixture : IAsyncLifetime
{
    private AzuriteServer? _server;

    public StorageOptions Storage => new() { ConnectionString = _server!.ConnectionString };

    public BlobServiceClient Blobs => StorageClients.Blobs(Storage);

    public QueueServiceClient Queues => StorageClients.Queues(Storage);

    public async ValueTask InitializeAsync()
    {
        _server = await AzuriteServer.StartInMemoryAsync();
        await new BlobStore(Blobs).EnsureContainersAsync(CancellationToken.None);
        await Queues.CreateQueueAsync(QueueNames.GpuJobs);
        await Queues.CreateQueueAsync(QueueNames.GpuResults);
    }

    public async ValueTask DisposeAsync()
    {
        if (_server is not null)
        {
            await _server.DisposeAsync();
        }
    }
}
