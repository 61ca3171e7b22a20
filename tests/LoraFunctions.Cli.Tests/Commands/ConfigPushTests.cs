using LoraFunctions.Cli.Azurite;
using LoraFunctions.Jobs.Tests;
using LoraFunctions.Pipeline.Storage;
using Shouldly;
using Xunit;

namespace LoraFunctions.Cli.Tests.Commands;

public sealed class ConfigPushTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Push_TheSamples_AreInTheContainerAndNotSentAgain()
    {
        await using var azurite = await AzuriteServer.StartInMemoryAsync(cancellationToken: Stop);
        var samples = RepositoryFiles.Of("infra", "config");

        var run = await CliRun.Of("config", "push", samples, "--storage", azurite.ConnectionString);

        run.Error.ShouldBeEmpty();
        run.Out.ShouldBe("config/brand-safety.yaml: pushed\nconfig/comparisons.yaml: pushed\nconfig/labels.yaml: pushed\nconfig/training/default.yaml: pushed\n");
        var blobs = new BlobStore(StorageClients.Blobs(new StorageOptions { ConnectionString = azurite.ConnectionString }));
        (await blobs.StatAsync(ContainerNames.Config, BlobNames.Comparisons, Stop)).ShouldNotBeNull().Sha256
            .ShouldBe(await Digests.OfFileAsync(Path.Combine(samples, "comparisons.yaml"), Stop));
        (await CliRun.Of("config", "push", samples, "--storage", azurite.ConnectionString)).Out.ShouldNotContain("pushed");
    }

    [Fact]
    public async Task Push_ManyMistakes_TellsAllBeforeTheStorageIsAsked()
    {
        _folder.Write("training/default.yaml", "lora_rank: many\n");
        _folder.Write("training/tesla-model-y.yaml", "lora_runk: 8\n");
        _folder.Write("comparisons.yaml", "pears: []\n");
        _folder.Write("brand-safety.yaml", "never_render:\n  models: [Tesla Model Y]\n");

        var run = await CliRun.Of("config", "push", _folder.Path, "--storage", "nonsense");

        run.ExitCode.ShouldBe(2);
        foreach (var expected in new[] { "--storage is neither", "labels.yaml is missing", "default.yaml:1: lora_rank", "Did you mean 'lora_rank'?", "pears", "no model key" })
        {
            run.Error.ShouldContain(expected);
        }
    }
}
