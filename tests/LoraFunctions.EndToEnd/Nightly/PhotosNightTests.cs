using LoraFunctions.Showroom;
using LoraFunctions.Imaging.Metadata;

namespace LoraFunctions.EndToEnd.Nightly;

/// <summary>A person's own folder of cars, as <c>lora nightly --photos</c> takes it.</summary>
public sealed class PhotosNightTests(ITestOutputHelper output)
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

    private static LoraProcess Start(string folder, params string[] arguments) =>
        LoraProcess.Start(folder, new Dictionary<string, string>(StringComparer.Ordinal), arguments);
}
