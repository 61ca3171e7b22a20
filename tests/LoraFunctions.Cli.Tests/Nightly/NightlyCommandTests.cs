using LoraFunctions.Cli.Azurite;
using LoraFunctions.Jobs.Tests;
using Shouldly;
using Xunit;

namespace LoraFunctions.Cli.Tests.Nightly;

public sealed class NightlyCommandTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Nightly_NeitherDemoNorStorage_SaysWhatToGive()
    {
        var run = await CliRun.Of("nightly");
        run.ExitCode.ShouldBe(2);
        run.ErrorLines.ShouldHaveSingleItem().ShouldContain("lora nightly --demo");
    }

    [Fact]
    public async Task Nightly_SeveralMistakes_TellsThemAll()
    {
        var run = await CliRun.Of(
            "nightly",
            "--demo",
            "--storage",
            "nonsense",
            "--date",
            "1.3.2025",
            "--base-model",
            "no-such-model.safetensors");
        run.ExitCode.ShouldBe(2);
        run.ErrorLines.Length.ShouldBe(4);
        run.Error.ShouldContain("--demo and --storage are both given");
        run.Error.ShouldContain("--storage is no connection string");
        run.Error.ShouldContain("--date is '1.3.2025'");
        run.Error.ShouldContain($"looked for the file or folder {Path.GetFullPath("no-such-model.safetensors")}");
    }

    [Fact]
    public async Task Nightly_BaseModelIsNone_SaysWhichFileIsMissingAndMakesNothing()
    {
        using var temporary = new TemporaryFolder();
        string model = Path.Combine(temporary.Path, "model");
        Directory.CreateDirectory(model);
        string folder = Path.Combine(temporary.Path, "demo");

        var run = await CliRun.Of("nightly", "--demo", "--folder", folder, "--base-model", model);

        run.ExitCode.ShouldBe(2);
        run.ErrorLines.ShouldHaveSingleItem().ShouldContain(Path.Combine(model, "unet", "config.json"));
        Directory.Exists(folder).ShouldBeFalse();
    }

    [Fact]
    public async Task Nightly_FolderOfAnotherNight_IsRefused()
    {
        using var temporary = new TemporaryFolder();
        using FileStream? other = FileLock.TryTake(Path.Combine(temporary.Path, "night.lock"));
        other.ShouldNotBeNull();

        var run = await CliRun.Of("nightly", "--demo", "--folder", temporary.Path);

        run.ExitCode.ShouldBe(2);
        run.ErrorLines.ShouldHaveSingleItem().ShouldContain($"Another 'lora nightly' uses {temporary.Path}");
    }

    [Fact]
    public async Task Nightly_StorageWithoutModels_NamesEachAndWhereItLooked()
    {
        using var temporary = new TemporaryFolder();
        await using AzuriteServer azurite = await AzuriteServer.StartInMemoryAsync(cancellationToken: Stop);

        var run = await CliRun.Of("nightly", "--storage", azurite.ConnectionString, "--folder", temporary.Path);

        run.ExitCode.ShouldBe(2);
        run.ErrorLines.Length.ShouldBe(2);
        run.ErrorLines[0].ShouldContain("base-models/sd15/manifest.json");
        run.ErrorLines[1].ShouldContain("base-models/clip/manifest.json");
        run.Error.ShouldContain(azurite.BlobEndpoint.ToString().TrimEnd('/'));
    }

    [Fact]
    public async Task Nightly_StorageRefuses_SaysWhichAndWhyInOneLine()
    {
        using var temporary = new TemporaryFolder();
        await using AzuriteServer azurite = await AzuriteServer.StartInMemoryAsync(cancellationToken: Stop);
        string wrongKey = azurite.ConnectionString.Replace("AccountKey=Eby8", "AccountKey=AAAA", StringComparison.Ordinal);

        var run = await CliRun.Of("nightly", "--storage", wrongKey, "--folder", temporary.Path);

        run.ExitCode.ShouldBe(2);
        string line = run.ErrorLines.ShouldHaveSingleItem();
        line.ShouldContain($"--storage: {azurite.BlobEndpoint.ToString().TrimEnd('/')} cannot be used: Server failed to authenticate the request");
        line.ShouldEndWith("Check that it runs and that the connection string is its own.");
    }

    [Fact]
    public async Task Nightly_SettingIsNoNumber_NamesItAndItsValue()
    {
        const string setting = "Nightly__MinPhotos";
        using var temporary = new TemporaryFolder();
        Environment.SetEnvironmentVariable(setting, "fifty");
        try
        {
            var run = await CliRun.Of("nightly", "--storage", "UseDevelopmentStorage=true", "--folder", temporary.Path);

            run.ExitCode.ShouldBe(2);
            run.ErrorLines.ShouldHaveSingleItem().ShouldContain("'fifty' at 'Nightly:MinPhotos'");
        }
        finally
        {
            Environment.SetEnvironmentVariable(setting, null);
        }
    }
}
