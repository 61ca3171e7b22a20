using LoraFunctions.Cli.Azurite;
using LoraFunctions.Jobs.Tests;
using LoraFunctions.Pipeline.Storage;
using LoraFunctions.Showroom;
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
    public async Task Nightly_PhotosWithNothingUsable_SaysWhyAndMakesNothing()
    {
        using var temporary = new TemporaryFolder();
        string cars = Path.Combine(temporary.Path, "cars");
        Directory.CreateDirectory(Path.Combine(cars, "Tesla Model Y"));
        await File.WriteAllTextAsync(Path.Combine(cars, "Tesla Model Y", "img1.jpg"), "<html>", Stop);
        await File.WriteAllTextAsync(Path.Combine(cars, "loose.jpg"), "", Stop);
        Directory.CreateDirectory(Path.Combine(cars, "concept"));
        await File.WriteAllTextAsync(Path.Combine(cars, "concept", "vehicle.json"), """{"make": "Byd", "model": "Han", "listedAt": "2025-01-01T00:00Z"}""", Stop);
        string folder = Path.Combine(temporary.Path, "night");

        var run = await CliRun.Of("nightly", "--photos", cars, "--base-model", ShowroomModels.BaseModel, "--folder", folder);

        run.ExitCode.ShouldBe(2);
        run.ErrorLines[0].ShouldBe($"lora: {cars} holds nothing that can be trained:");
        run.Error.ShouldContain("Tesla Model Y has 0 photos that are fit; 50 are needed.");
        run.Error.ShouldContain("Tesla Model Y: img1.jpg cannot be read: its content is neither JPEG");
        run.Error.ShouldContain("1 photos lie directly in it and are left out");
        run.Error.ShouldContain("vehicle.json is broken: 'released' is missing");
        Directory.Exists(folder).ShouldBeFalse();
    }

    [Fact]
    public async Task Nightly_EmptyFolderOfPhotos_SaysWhatBelongsThere()
    {
        using var temporary = new TemporaryFolder();
        string cars = Directory.CreateDirectory(Path.Combine(temporary.Path, "cars")).FullName;

        var run = await CliRun.Of("nightly", "--photos", cars, "--base-model", ShowroomModels.BaseModel, "--folder", Path.Combine(temporary.Path, "night"));

        run.ExitCode.ShouldBe(2);
        run.ErrorLines.ShouldHaveSingleItem().ShouldContain($"{cars} holds no car. Put each car's photos into a folder of its own");
    }

    [Fact]
    public async Task Nightly_OptionsOfAnotherNight_AreNamed()
    {
        var run = await CliRun.Of("nightly", "--demo", "--plan", "--min-photos", "0", "--photos", "no-such-folder");

        run.ExitCode.ShouldBe(2);
        run.Error.ShouldContain("--demo and --photos are both given");
        run.Error.ShouldContain("--plan goes with --photos and --storage");
        run.Error.ShouldContain("--min-photos is 0");
        run.Error.ShouldContain("--photos: there is no folder");
        run.Error.ShouldContain("--base-model is missing");
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
            run.ErrorLines.ShouldHaveSingleItem().ShouldContain("Nightly__MinPhotos is 'fifty'; it must be a whole number");
        }
        finally
        {
            Environment.SetEnvironmentVariable(setting, null);
        }
    }

    [Theory]
    [InlineData("SharedAccessSignature=sv=2024-11-04&ss=bq&sig=aBcDeFgHiJ%2BkLmNoP%3D&se=2030-01-01", "aBcDeFgHiJ")]
    [InlineData("DefaultEndpointsProtocol=https;AccountName=cars;AcountKey=AAAAaaaaBBBBbbbbCCCCccccDDDDddddEEEEeeeeFFFFffffGGGGggggHHHHhhhhIIIIiiiiJJJJjjjjKKKKkk==", "BBBBbbbb")]
    public async Task Nightly_ConnectionStringIsRefused_IsNotPrinted(string connection, string secret)
    {
        using var temporary = new TemporaryFolder();
        foreach (string[] arguments in new[] { new[] { "--storage", connection }, ["--storge", connection], [connection] })
        {
            var run = await CliRun.Of(["nightly", .. arguments, "--folder", temporary.Path]);
            run.ExitCode.ShouldBe(2);
            (run.Error + run.Out).ShouldNotContain(secret);
        }
    }

    [Fact]
    public async Task Nightly_SasIsRefusedByTheStorage_NeitherScreenNorLogHoldsItsSignature()
    {
        const string signature = "aBcDeFgHiJ";
        using var temporary = new TemporaryFolder();
        await using AzuriteServer azurite = await AzuriteServer.StartInMemoryAsync(cancellationToken: Stop);
        string sas = $"BlobEndpoint={azurite.BlobEndpoint};QueueEndpoint={azurite.QueueEndpoint};TableEndpoint={azurite.TableEndpoint};"
            + $"SharedAccessSignature=sv=2024-11-04&ss=bqt&srt=sco&sp=rwdlacup&se=2030-01-01T00:00:00Z&sig={signature}%2BkLmNoP%3D";

        var run = await CliRun.Of("nightly", "--storage", sas, "--folder", temporary.Path);

        run.ExitCode.ShouldBe(2);
        run.Error.ShouldContain($"--storage: {azurite.BlobEndpoint.ToString().TrimEnd('/')}");
        (run.Error + run.Out).ShouldNotContain(signature);
        foreach (string log in Directory.GetFiles(temporary.Path, "*.log"))
        {
            (await File.ReadAllTextAsync(log, Stop)).ShouldNotContain(signature);
        }
    }

    [Fact]
    public async Task Nightly_StorageIsLostOnTheWay_SaysWhatWasLostWhatIsKeptAndWhatToDo()
    {
        using var temporary = new TemporaryFolder();
        await using AzuriteServer azurite = await AzuriteServer.StartInMemoryAsync(cancellationToken: Stop);
        var blobs = new BlobStore(StorageClients.Blobs(new StorageOptions { ConnectionString = azurite.ConnectionString }));
        await blobs.EnsureContainersAsync(Stop);
        var models = new BaseModelCatalog(blobs);
        await models.UploadAsync("sd15", temporary.Write("model.safetensors", "weights"), Stop);
        await models.UploadAsync("clip", temporary.Write("clip/config.json", "{}"), Stop);
        await blobs.PutIfAbsentAsync(ContainerNames.Config, BlobNames.Comparisons, "rule:\n  same_segment: true\n"u8.ToArray(), headers: null, Stop);
        Task<CliRun> night = CliRun.Of("nightly", "--storage", azurite.ConnectionString, "--folder", temporary.Below("night"), "--date", "2025-03-01");

        // The engine's journal is there: the night has begun.
        var tables = new Azure.Data.Tables.TableServiceClient(azurite.ConnectionString);
        while (!tables.Query(cancellationToken: Stop).Any(table => table.Name.EndsWith("Instances", StringComparison.Ordinal)))
        {
            night.IsCompleted.ShouldBeFalse((night.IsCompleted ? await night : null)?.Error);
            await Task.Delay(5, Stop);
        }

        System.Diagnostics.Process.GetProcessById(azurite.ProcessId).Kill();

        var run = await night.WaitAsync(TimeSpan.FromMinutes(4), Stop);
        run.ExitCode.ShouldBe(1);
        string line = run.ErrorLines.ShouldHaveSingleItem();
        line.ShouldContain("storage");
        line.ShouldContain("Connection refused");
        line.ShouldContain("What is done so far is kept in it");
        line.ShouldNotContain("Retry");
    }
}
