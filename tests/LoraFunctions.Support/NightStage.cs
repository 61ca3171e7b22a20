using System.Text;
using System.Text.RegularExpressions;
using Azure.Storage.Blobs;
using Azure.Storage.Queues;
using LoraFunctions.Cli.Azurite;
using LoraFunctions.Imaging;
using LoraFunctions.Imaging.Codecs;
using LoraFunctions.Pipeline.Hosting;
using LoraFunctions.Pipeline.Storage;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace LoraFunctions.Support;

/// <summary>A storage account of its own with configuration, base model and CLIP, the pipeline on top of it and a <see cref="PaperWorker"/> beside it.</summary>
public sealed class NightStage : IAsyncDisposable
{
    public const string Date = "2025-03-02";

    /// <summary>Where the stage listens for results.</summary>
    public const string ResultQueue = QueueNames.GpuResults + "-local";

    private readonly AzuriteServer _azurite;
    private readonly ServiceProvider _services;

    private NightStage(AzuriteServer azurite, FaultyTransport? transport, Dictionary<string, string?> settings)
    {
        _azurite = azurite;
        settings[$"{StorageOptions.Section}:ConnectionString"] = azurite.ConnectionString;
        settings[$"{StorageOptions.Section}:ResultQueue"] = ResultQueue;
        var storage = new StorageOptions { ConnectionString = azurite.ConnectionString };
        var services = new ServiceCollection().AddSingleton<IConfiguration>(new ConfigurationBuilder().AddInMemoryCollection(settings).Build());
        if (transport is not null)
        {
            services.AddSingleton(StorageClients.Blobs(storage, transport.UseWithoutRetries));
            services.AddSingleton(StorageClients.Queues(storage, transport.UseWithoutRetries));
        }

        _services = services.AddLoraPipeline().BuildServiceProvider();
        Worker = new PaperWorker(new BlobStore(StorageClients.Blobs(storage)), StorageClients.Queues(storage));
    }

    public PaperWorker Worker { get; }

    public IServiceProvider Services => _services;

    public IConfiguration Configuration => _services.GetRequiredService<IConfiguration>();

    public string ConnectionString => _azurite.ConnectionString;

    public BlobStore Blobs => _services.GetRequiredService<BlobStore>();

    public BlobServiceClient Service => _services.GetRequiredService<BlobServiceClient>();

    public QueueServiceClient Queues => _services.GetRequiredService<QueueServiceClient>();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    /// <param name="settings">Over those of a small night: 4 photos of at least 48 pixels make a car model trainable.</param>
    public static Task<NightStage> StartAsync(params (string Key, string Value)[] settings) => StartAsync(transport: null, settings);

    /// <param name="transport">Under the pipeline's clients, not under the worker's.</param>
    /// <param name="settings">Over those of a small night.</param>
    public static async Task<NightStage> StartAsync(FaultyTransport? transport, params (string Key, string Value)[] settings)
    {
        var all = new Dictionary<string, string?>
        {
            ["Nightly:MinPhotos"] = "4",
            ["Nightly:RetrainAfterNewPhotos"] = "2",
            ["Nightly:BaseModel"] = "tiny",
            ["Nightly:Clip"] = "clip",
            ["Gate:MinShorterSide"] = "48",

            // Four squares are no photo: their lines are in the same places, and four colours say little.
            ["Gate:MinSameShot"] = "1.01",
            ["Gate:MinInformation"] = "0",
        };
        foreach (var (key, value) in settings)
        {
            all[key] = value;
        }

        var stage = new NightStage(await AzuriteServer.StartInMemoryAsync(cancellationToken: Stop), transport, all);
        await stage.Blobs.EnsureContainersAsync(Stop);
        await stage._services.GetRequiredService<JobQueue>().EnsureQueuesAsync(Stop);
        await stage.PutAsync(ContainerNames.Config, "labels.yaml", "groups: {}");
        await stage.PutAsync(ContainerNames.Config, "training/default.yaml", "lora_rank: 4");
        await stage.PutAsync(ContainerNames.Config, "comparisons.yaml", """
            seeds: [1, 2]
            scenes:
              street: city street
              rain: heavy rain
            templates:
              wide:
                prompt: "{left}, <lora:{left_lora}:{strength}>, {right}, <lora:{right_lora}:{strength}>, {scene}"
            rule:
              same_segment: true
            """);
        using var folder = new TemporaryFolder();
        await File.WriteAllTextAsync(folder.Below("model.safetensors"), "weights", Stop);
        var models = stage._services.GetRequiredService<BaseModelCatalog>();
        await models.UploadAsync("tiny", folder.Below("model.safetensors"), Stop);
        await models.UploadAsync("clip", folder.Path, Stop);
        return stage;
    }

    /// <summary>Three listings of two cars of one segment, five and four fit photos; one photo too small, one broken, one twice; and a third car with one photo.</summary>
    public async Task AddListingsAsync()
    {
        await AddVehicleAsync("1001", "Nimbus", "Aero", "2025-02-01");
        await AddPhotosAsync("1001", seed: 10, count: 3);
        await PutAsync(ContainerNames.VehiclePhotos, "1001/small.png", Photo(99, side: 32));
        await PutAsync(ContainerNames.VehiclePhotos, "1001/broken.jpg", "not a picture");
        await AddVehicleAsync("1002", "Nimbus", "Aero", "2025-02-02");
        await AddPhotosAsync("1002", seed: 20, count: 2);
        await PutAsync(ContainerNames.VehiclePhotos, "1002/twice.png", Photo(10));
        await AddVehicleAsync("2001", "Terra", "Kite", "2025-02-03");
        await AddPhotosAsync("2001", seed: 30, count: 4);
        await AddVehicleAsync("3001", "Volta", "Sol", "2025-02-04");
        await AddPhotosAsync("3001", seed: 40, count: 1);
    }

    public Task AddVehicleAsync(string listing, string make, string model, string listedAt, bool released = true) =>
        PutAsync(ContainerNames.VehiclePhotos, $"{listing}/vehicle.json", $$"""
            {"make": "{{make}}", "model": "{{model}}", "year": 2025, "segment": "suv", "released": {{(released ? "true" : "false")}},
             "features": ["hidden door handles"], "listedAt": "{{listedAt}}T00:00Z"}
            """);

    public async Task AddPhotosAsync(string listing, int seed, int count)
    {
        for (var i = 0; i < count; i++)
        {
            await PutAsync(ContainerNames.VehiclePhotos, $"{listing}/img{i}.png", Photo(seed + i));
        }
    }

    public Task PutAsync(string container, string name, string text) => PutAsync(container, name, Encoding.UTF8.GetBytes(text));

    public Task PutAsync(string container, string name, byte[] content) =>
        Service.GetBlobContainerClient(container).GetBlobClient(name).UploadAsync(new BinaryData(content), overwrite: true, Stop);

    public async Task<string> ReadAsync(string container, string name) =>
        Encoding.UTF8.GetString((await Blobs.TryReadAsync(container, name, Stop) ?? throw new MissingBlobException(container, name, Blobs.Uri)).Content.Span);

    public async Task<T> ReadJsonAsync<T>(string container, string name)
        where T : class =>
        await Blobs.TryReadJsonAsync<T>(container, name, Stop) ?? throw new MissingBlobException(container, name, Blobs.Uri);

    /// <summary>Names and contents of everything that nights make, without what may differ between equal nights: the field <c>times</c> and ETags.</summary>
    public async Task<SortedDictionary<string, string>> SnapshotAsync()
    {
        var all = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var container in new[] { ContainerNames.Datasets, ContainerNames.Loras, ContainerNames.AssetLibrary, ContainerNames.Jobs })
        {
            foreach (var blob in await Blobs.ListAsync(container, "", Stop))
            {
                all.Add($"{container}/{blob.Name}", Digest(await ReadAsync(container, blob.Name)));
            }
        }

        return all;
    }

    public async ValueTask DisposeAsync()
    {
        await _services.DisposeAsync();
        await _azurite.DisposeAsync();
    }

    /// <summary>A sharp pattern of its own: two dark squares and two light ones, of seeded colours.</summary>
    public static byte[] Photo(int seed, int side = 64)
    {
        var random = new Random(seed);
        var image = new RgbImage(side, side);
        var colours = new byte[4 * 3];
        random.NextBytes(colours);
        for (var y = 0; y < side; y++)
        {
            for (var x = 0; x < side; x++)
            {
                var (right, below) = (x * 2 / side, y * 2 / side);
                for (var channel = 0; channel < 3; channel++)
                {
                    image.Pixels[(((y * side) + x) * 3) + channel] = (byte)((colours[(((below * 2) + right) * 3) + channel] / 4) + (right == below ? 0 : 190));
                }
            }
        }

        return ImageCodec.EncodePng(image);
    }

    private static string Digest(string text) => Digests.OfText(Regex.Replace(text, "\"times\": \\{[^}]*\\}|\"eTag\": \".*?[^\\\\]\"", ""));
}
