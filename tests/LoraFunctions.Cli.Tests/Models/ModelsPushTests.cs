using Azure.Storage.Blobs;
using LoraFunctions.Cli.Azurite;
using LoraFunctions.Jobs.Tests;
using LoraFunctions.Pipeline.Storage;
using Shouldly;
using Xunit;

namespace LoraFunctions.Cli.Tests.Models;

/// <summary>Models into a storage, on a real Azurite.</summary>
public sealed class ModelsPushTests : IAsyncLifetime
{
    private readonly TemporaryFolder _folder = new();
    private AzuriteServer _azurite = null!;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private BlobStore Blobs => new(StorageClients.Blobs(new StorageOptions { ConnectionString = _azurite.ConnectionString }));

    private BlobContainerClient Container => new BlobServiceClient(_azurite.ConnectionString).GetBlobContainerClient(ContainerNames.BaseModels);

    public async ValueTask InitializeAsync() => _azurite = await AzuriteServer.StartInMemoryAsync(cancellationToken: Stop);

    public async ValueTask DisposeAsync()
    {
        await _azurite.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    public async Task Push_BothModelsOfANight_AreFoundByItAndNotSentAgain()
    {
        var (sd, clip) = (TinyModels.StableDiffusion(_folder.Below("models", "sd15")), TinyModels.Clip(_folder.Below("models", "clip")));
        _folder.Write("models/sd15/README.md", "a card");

        var run = await CliRun.Of("models", "push", sd, clip, "--storage", _azurite.ConnectionString);

        run.Error.ShouldBeEmpty();
        run.ExitCode.ShouldBe(0);
        run.Out.ShouldContain("left out, as nothing reads them: README.md");
        foreach (var (name, path) in new[] { ("sd15", sd), ("clip", clip) })
        {
            var model = await new BaseModelCatalog(Blobs).ResolveAsync(name, Stop);
            foreach (var file in model.Files)
            {
                file.Sha256.ShouldBe(await Digests.OfFileAsync(Path.Combine(path, file.Name[(name.Length + 1)..]), Stop));
            }
        }

        var again = await CliRun.Of("models", "push", sd, clip, "--storage", _azurite.ConnectionString);
        again.ExitCode.ShouldBe(0);
        again.Out.ShouldContain("base-models/sd15: is there already, 0 of ");
        again.Out.ShouldContain("base-models/clip: is there already, 0 of 4 files sent");
    }

    /// <summary>As somebody who uploaded a folder with another tool.</summary>
    [Fact]
    public async Task Push_FilesAreThereWithoutManifest_AddsItAndSendsWhatIsMissing()
    {
        var clip = TinyModels.Clip(_folder.Below("clip"));
        await Blobs.EnsureContainersAsync(Stop);
        await Container.GetBlobClient("clip/model.safetensors").UploadAsync(Path.Combine(clip, "model.safetensors"), Stop);
        var missing = await Should.ThrowAsync<MissingBlobException>(() => new BaseModelCatalog(Blobs).ResolveAsync("clip", Stop));
        missing.Message.ShouldContain("'lora models push' with the model's folder");

        var run = await CliRun.Of("models", "push", clip, "--storage", _azurite.ConnectionString);

        run.Out.ShouldContain("base-models/clip: pushed, 3 of 4 files sent");
        (await new BaseModelCatalog(Blobs).ResolveAsync("clip", Stop)).Files.Count.ShouldBe(4);
    }

    [Fact]
    public async Task Push_ManyMistakes_TellsAllAndSendsNothing()
    {
        var clip = TinyModels.Clip(_folder.Below("clip"));
        await Blobs.EnsureContainersAsync(Stop);
        await Container.GetBlobClient("clip/vocab.json").UploadAsync(BinaryData.FromString("{}"), Stop);
        await Container.GetBlobClient("clip/merges.txt").UploadAsync(BinaryData.FromString("x"), Stop);
        var pointer = _folder.Write("lfs.safetensors", $"version https://git-lfs.github.com/spec/v1\noid sha256:{new string('0', 64)}\nsize 7703810560\n");
        var half = TinyModels.StableDiffusion(_folder.Below("half"));
        _folder.Write("half/unet/diffusion_pytorch_model.safetensors.partial", "x");
        var before = await NamesAsync();

        var run = await CliRun.Of("models", "push", clip, pointer, half, _folder.Below("none"), "--name", "No Name", "--storage", _azurite.ConnectionString);

        run.ExitCode.ShouldBe(2);
        run.ErrorLines.Length.ShouldBe(7);
        run.Error.ShouldContain("--name is given for 4 models");
        run.Error.ShouldContain("--name is 'No Name'");
        run.Error.ShouldContain("Git LFS pointer");
        run.Error.ShouldContain("is a part of a download");
        run.Error.ShouldContain($"There is no model at '{_folder.Below("none")}'");
        run.Error.ShouldContain("base-models/clip/vocab.json is there");
        run.Error.ShouldContain("base-models/clip/merges.txt is there");
        (await NamesAsync()).ShouldBe(before);
    }

    [Theory]
    [InlineData("nonsense", "--storage is neither")]
    [InlineData("https://cars.blob.core.windows.net/?sv=2024&sig=secret", "--storage is an address with a signature")]
    [InlineData("DefaultEndpointsProtocol=http;AccountName=devstoreaccount1;AccountKey=AAAA;BlobEndpoint=http://127.0.0.1:1/devstoreaccount1;", "cannot be used: Connection refused")]
    public async Task Push_StorageIsNone_SaysSoBesideTheOtherProblems(string storage, string expected)
    {
        var run = await CliRun.Of("models", "push", _folder.Below("none"), "--storage", storage);

        run.ExitCode.ShouldBe(2);
        run.ErrorLines.Length.ShouldBe(2);
        run.Error.ShouldContain(expected);
        run.Error.ShouldNotContain("secret");
    }

    private async Task<List<string>> NamesAsync() => [.. (await Blobs.ListAsync(ContainerNames.BaseModels, "", Stop)).Select(blob => blob.Name)];
}
