using LoraFunctions.Cli.Azurite;
using LoraFunctions.Imaging.Metadata;
using LoraFunctions.Showroom;

namespace LoraFunctions.EndToEnd.Nightly;

/// <summary>A person's own folder of cars, as <c>lora nightly --photos</c> takes it.</summary>
public sealed class PhotosNightTests(PeacefulNight peaceful, ITestOutputHelper output)
{
    private const string Date = "2025-03-01";

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Photos_FolderOfDrawnCars_BecomesMarkedPicturesInOneCommand()
    {
        using var temporary = new TemporaryFolder();
        string cars = temporary.Below("cars");
        string folder = temporary.Below("night");
        using (LoraProcess draw = Start(folder, "showroom", "draw", "--out", cars, "--photos", "12"))
        {
            (await draw.EndAsync(Stop)).ShouldBe(0, draw.Output);
        }

        // As somebody has them who never heard of vehicle.json: the folder's name is the car's.
        Directory.Move(Path.Combine(cars, "demo-borealis-1"), Path.Combine(cars, "Borealis Cove"));
        File.Delete(Path.Combine(cars, "Borealis Cove", "vehicle.json"));
        LoraProcess.LayShortNight(folder);

        using LoraProcess night = Start(
            folder, "nightly", "--photos", cars, "--base-model", ShowroomModels.BaseModel, "--clip", ShowroomModels.Clip, "--min-photos", "6", "--folder", folder, "--date", Date);
        (await night.EndAsync(Stop)).ShouldBe(0, night.Output);

        output.WriteLine(night.Output);
        night.Output.ShouldContain("Borealis Cove (Borealis Cove, by the folder's name: it has no vehicle.json): 6 of 10 photos fit");
        night.Output.ShouldMatch("In all 3 trainings and 12 pictures: about .* on this machine");
        NightFiles.Loras(folder).Keys.ShouldContain("borealis-cove.safetensors");
        string[] pictures = Directory.GetFiles(Path.Combine(folder, "asset-library", Date), "*.png", SearchOption.AllDirectories);
        pictures.ShouldNotBeEmpty();
        pictures.ShouldAllBe(picture => PictureFile.ReadMetadata(File.ReadAllBytes(picture)).Label != null);
    }

    /// <summary>The storage of another night, with its models, its configuration and its LoRAs: one car is brought there and joins the others.</summary>
    [Fact]
    public async Task Photos_BroughtToAStorage_ArePlannedTrainedAndPublishedThere()
    {
        await peaceful.EnsureAsync();
        using var temporary = new TemporaryFolder();
        temporary.CopyFrom(Path.Combine(peaceful.Folder, "storage"), "storage");
        await using AzuriteServer azurite = await AzuriteServer.StartInFolderAsync(temporary.Below("storage"), cancellationToken: Stop);
        string drawn = temporary.Below("drawn");
        string cars = temporary.Below("cars");
        string folder = temporary.Below("night");
        using (LoraProcess draw = Start(folder, "showroom", "draw", "--out", drawn, "--photos", "12"))
        {
            (await draw.EndAsync(Stop)).ShouldBe(0, draw.Output);
        }

        Directory.CreateDirectory(cars);
        Directory.Move(Path.Combine(drawn, "demo-borealis-1"), Path.Combine(cars, "Borealis Cove"));
        File.Delete(Path.Combine(cars, "Borealis Cove", "vehicle.json"));

        string before = await PlanAsync();
        before.ShouldContain("Without the folder's cars, which a plan does not bring");
        before.ShouldContain("0 listings are new or changed");
        before.ShouldContain("0 trainings, ");

        using (LoraProcess night = StartOnStorage("--photos", cars))
        {
            (await night.EndAsync(Stop)).ShouldBe(0, night.Output);
            output.WriteLine(night.Output);
            night.Output.ShouldContain("1 of 1 listings are new or changed");
        }

        NightFiles.Loras(folder).Keys.ShouldContain("borealis-cove.safetensors");
        SortedDictionary<string, string> pictures = NightFiles.Pictures(folder, Date);
        pictures.Count.ShouldBe(12, "three pairs in two scenes by two seeds");
        foreach (KeyValuePair<string, string> picture in NightFiles.Pictures(peaceful.Folder, Date))
        {
            pictures.ShouldContain(picture);
        }

        string after = await PlanAsync();
        after.ShouldContain("0 listings are new or changed");
        after.ShouldContain("Borealis Cove: 6 photos: not trained, ");

        LoraProcess StartOnStorage(params string[] more) => LoraProcess.Start(
            folder,
            new Dictionary<string, string>(StringComparer.Ordinal)
            {
                ["Nightly__BaseModel"] = "showroom", ["Nightly__Clip"] = "showroom-clip", ["Nightly__MinPhotos"] = "6", ["Nightly__TimeZone"] = "UTC",
            },
            ["nightly", "--storage", azurite.ConnectionString, "--folder", folder, "--date", Date, .. more]);

        async Task<string> PlanAsync()
        {
            using LoraProcess plan = StartOnStorage("--photos", cars, "--plan");
            (await plan.EndAsync(Stop)).ShouldBe(0, plan.Output);
            output.WriteLine(plan.Output);
            return plan.Output;
        }
    }

    private static LoraProcess Start(string folder, params string[] arguments) =>
        LoraProcess.Start(folder, new Dictionary<string, string>(StringComparer.Ordinal), arguments);
}
