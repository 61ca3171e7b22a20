using System.Text;
using Azure.Storage.Queues;
using LoraFunctions.Pipeline.Datasets;
using LoraFunctions.Pipeline.Storage;
using Microsoft.Extensions.DependencyInjection;

namespace LoraFunctions.EndToEnd.Night;

/// <summary>The storage classes against a real service.</summary>
public sealed class StorageTests(StorageTests.Account account) : IClassFixture<StorageTests.Account>
{
    private readonly BlobStore _blobs = account.Stage.Blobs;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task PutIfAbsent_NameIsTaken_AdoptsWhatIsThere()
    {
        var first = await PutAsync("put/a", "one");
        var second = await PutAsync("put/a", "two");

        first.Created.ShouldBeTrue();
        second.ShouldBe(first with { Created = false });
        Encoding.UTF8.GetString((await _blobs.ReadAsync(second.Ref, Stop)).Span).ShouldBe("one");
    }

    [Fact]
    public async Task PutIfAbsent_ManyAtOnce_OneWins()
    {
        var puts = await Task.WhenAll(Enumerable.Range(0, 10).Select(i => PutAsync("put/race", $"content {i}")));

        puts.Count(p => p.Created).ShouldBe(1);
        puts.Select(p => p.Ref).Distinct().Count().ShouldBe(1);
    }

    [Fact]
    public async Task Stat_BlobOfSomebodyElse_HashesItsContent()
    {
        await account.Stage.PutAsync(ContainerNames.Config, "stat/foreign", "text");

        (await _blobs.StatAsync(ContainerNames.Config, "stat/foreign", Stop)).ShouldNotBeNull().Sha256.ShouldBe(Digests.OfText("text"));
        (await _blobs.StatAsync(ContainerNames.Config, "stat/none", Stop)).ShouldBeNull();
    }

    [Fact]
    public async Task Read_ContentWasChanged_IsRefused()
    {
        await account.Stage.PutAsync(ContainerNames.Config, "read/changed", "before");
        var blob = (await _blobs.StatAsync(ContainerNames.Config, "read/changed", Stop)).ShouldNotBeNull();
        await account.Stage.PutAsync(ContainerNames.Config, "read/changed", "after");

        (await Should.ThrowAsync<InvalidDataException>(() => _blobs.ReadAsync(blob, Stop))).Message.ShouldContain("config/read/changed");
        using var folder = new TemporaryFolder();
        await Should.ThrowAsync<InvalidDataException>(() => _blobs.DownloadAsync(blob, folder.Below("file"), Stop));
        Directory.GetFiles(folder.Path).ShouldBeEmpty();
    }

    [Fact]
    public async Task Download_WholeBlob_IsTheFile()
    {
        var content = new byte[3_000_001];
        new Random(1).NextBytes(content);
        var stored = await _blobs.PutIfAbsentAsync(ContainerNames.Config, "download/big", content, null, Stop);
        using var folder = new TemporaryFolder();

        await _blobs.DownloadAsync(stored.Ref, folder.Below("file"), Stop);

        (await File.ReadAllBytesAsync(folder.Below("file"), Stop)).ShouldBe(content);
        Directory.GetFiles(folder.Path).Length.ShouldBe(1);
    }

    [Fact]
    public async Task Read_NothingThere_SaysWhereItLooked()
    {
        var blob = new BlobRef(ContainerNames.Config, "none", "", "");

        (await Should.ThrowAsync<MissingBlobException>(() => _blobs.ReadAsync(blob, Stop))).Message.ShouldBe($"config/none is not there (looked in {_blobs.Uri}).");
        (await Should.ThrowAsync<MissingBlobException>(() => _blobs.ListAsync("no-such", "", Stop))).Message
            .ShouldStartWith($"There is no container 'no-such' in {_blobs.Uri}. Make the pipeline's containers first: vehicle-photos,");
    }

    [Fact]
    public async Task Swap_ManyAtOnce_LosesNobodysChange()
    {
        await Task.WhenAll(Enumerable.Range(0, 5).Select(writer => _blobs.SwapJsonAsync<DatasetPointer>(
            ContainerNames.Config,
            "swap/latest.json",
            there => new DatasetPointer((there?.SchemaVersion ?? 0) + 1, "m", $"of writer {writer}"),
            Stop)));

        (await _blobs.TryReadJsonAsync<DatasetPointer>(ContainerNames.Config, "swap/latest.json", Stop)).ShouldNotBeNull().SchemaVersion.ShouldBe(5);
    }

    [Fact]
    public async Task Swap_SaysNothingNew_KeepsTheETag()
    {
        var pointer = new DatasetPointer(1, "m", "d");
        await _blobs.SwapJsonAsync<DatasetPointer>(ContainerNames.Config, "swap/same.json", _ => pointer, Stop);
        var before = await _blobs.StatAsync(ContainerNames.Config, "swap/same.json", Stop);

        await _blobs.SwapJsonAsync<DatasetPointer>(ContainerNames.Config, "swap/same.json", _ => pointer, Stop);

        (await _blobs.StatAsync(ContainerNames.Config, "swap/same.json", Stop)).ShouldBe(before);
    }

    [Fact]
    public async Task BaseModels_UploadedTwice_AreOneAndAnotherIsRefused()
    {
        var models = account.Stage.Services.GetRequiredService<BaseModelCatalog>();
        using var folder = new TemporaryFolder();
        Directory.CreateDirectory(folder.Below("unet"));
        await File.WriteAllTextAsync(folder.Below("model_index.json"), "{}", Stop);
        await File.WriteAllTextAsync(folder.Below("unet/weights.safetensors"), "weights", Stop);

        var first = await models.UploadAsync("folder", folder.Path, Stop);
        var second = await models.UploadAsync("folder", folder.Path, Stop);
        var resolved = await models.ResolveAsync("folder", Stop);
        await File.WriteAllTextAsync(folder.Below("unet/weights.safetensors"), "others", Stop);

        first.Files.Select(f => f.Name).ShouldBe(["folder/model_index.json", "folder/unet/weights.safetensors"]);
        second.Digest.ShouldBe(first.Digest);
        resolved.Digest.ShouldBe(first.Digest);
        (await Should.ThrowAsync<InvalidJobInputException>(() => models.UploadAsync("folder", folder.Path, Stop))).Message.ShouldContain("choose another name");
        await Should.ThrowAsync<InvalidJobInputException>(() => models.UploadAsync("none", folder.Below("none"), Stop));
    }

    [Fact]
    public async Task Queue_JobMessage_IsRawJsonForWhoeverReadsIt()
    {
        var message = new JobMessage(1, "train-1", JobKind.Train, "x", "done-1", new BlobRef("jobs", "s", "e", "h"), null);

        await account.Stage.Services.GetRequiredService<JobQueue>().SendAsync(message, Stop);

        var reader = new QueueClient(account.Stage.ConnectionString, QueueNames.GpuJobs, new QueueClientOptions { MessageEncoding = QueueMessageEncoding.None });
        (await reader.PeekMessageAsync(Stop)).Value.MessageText.ShouldBe(ContractJson.Serialize(message));
    }

    /// <summary>One account for all of these tests; each has names of its own.</summary>
    public sealed class Account : IAsyncLifetime
    {
        internal NightStage Stage { get; private set; } = null!;

        public async ValueTask InitializeAsync() => Stage = await NightStage.StartAsync();

        public ValueTask DisposeAsync() => Stage.DisposeAsync();
    }

    private Task<StoredBlob> PutAsync(string name, string text) =>
        _blobs.PutIfAbsentAsync(ContainerNames.Config, name, Encoding.UTF8.GetBytes(text), null, Stop);
}
