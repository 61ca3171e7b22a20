using System.Text;
using LoraFunctions.Pipeline.Datasets;
using LoraFunctions.Pipeline.Library;
using LoraFunctions.Pipeline.Listings;
using LoraFunctions.Pipeline.Night;
using LoraFunctions.Pipeline.Storage;

namespace LoraFunctions.EndToEnd.Night;

/// <summary>Whole nights on a stage, and what the night of <see cref="NightStage.AddListingsAsync"/> must have left.</summary>
internal static class NightRuns
{
    /// <summary>Runs the night in this process to its end, with a journal of its own.</summary>
    public static async Task<NightReport> RunAsync(this NightStage stage, string date = NightStage.Date)
    {
        using var counter = new ActivityCounter();
        return (await stage.RunAsync(counter, date)).ShouldNotBeNull();
    }

    /// <summary>The same until the counter ends it.</summary>
    /// <returns>Null when it died.</returns>
    public static async Task<NightReport?> RunAsync(this NightStage stage, ActivityCounter counter, string date = NightStage.Date)
    {
        var stop = TestContext.Current.CancellationToken;
        using var end = CancellationTokenSource.CreateLinkedTokenSource(stop, counter.End);
        await using var engine = await RunningEngine.StartAsync(stage, counter.Ended);
        try
        {
            return await engine.RunNightAsync(date, deadlineUtc: null, end.Token);
        }
        catch (OperationCanceledException) when (!stop.IsCancellationRequested)
        {
            return null;
        }
    }

    public static async Task CheckDatasetAsync(this NightStage stage)
    {
        var pointer = await stage.ReadJsonAsync<DatasetPointer>(ContainerNames.Datasets, "nimbus-aero/latest.json");
        var folder = $"nimbus-aero/{pointer.Digest}";
        (await stage.ReadAsync(ContainerNames.Datasets, $"{folder}/metadata.csv")).ShouldBe("""
            1001-img0.png,"Nimbus Aero, hidden door handles"
            1001-img1.png,"Nimbus Aero, hidden door handles"
            1001-img2.png,"Nimbus Aero, hidden door handles"
            1002-img0.png,"Nimbus Aero, hidden door handles"
            1002-img1.png,"Nimbus Aero, hidden door handles"

            """.ReplaceLineEndings("\n"));
        var report = await stage.ReadJsonAsync<DatasetGateReport>(ContainerNames.Datasets, $"{folder}/gate-report.json");
        report.Listings.SelectMany(l => l.Photos.Where(p => !p.Accepted).Select(p => $"{l.ListingId}/{p.Name} {p.Reason}")).ShouldBe(
        [
            "1001/broken.jpg Unreadable",
            "1001/small.png TooSmall",
            "1002/twice.png ExactDuplicate",
        ]);
        (await stage.Blobs.ListAsync(ContainerNames.Datasets, folder + "/", default)).Select(b => Path.GetFileName(b.Name))
            .ShouldBe(["dataset.json", "gate-report.html", "gate-report.json", "listings.json", "metadata.csv"]);
        (await stage.Blobs.ListAsync(ContainerNames.Datasets, "photos/", default)).Count.ShouldBe(10, "every photo of every data set once");
        (await stage.ReadJsonAsync<ListingGateReport>(ContainerNames.Datasets, $"listings/1002/{report.Listings[1].ListingKey}/gate-report.json"))
            .Photos.ShouldAllBe(p => p.Accepted);
    }

    public static async Task CheckLibraryAsync(this NightStage stage)
    {
        var library = stage.Service.GetBlobContainerClient(ContainerNames.AssetLibrary);
        (await stage.Blobs.ListAsync(ContainerNames.AssetLibrary, "", default)).Select(b => b.Name).ShouldBe(
        [
            "2025-03-02/index.html",
            "2025-03-02/manifest.csv",
            "2025-03-02/manifest.json",
            "2025-03-02/nimbus-aero-vs-terra-kite/rain-1.png",
            "2025-03-02/nimbus-aero-vs-terra-kite/rain-2.png",
            "2025-03-02/nimbus-aero-vs-terra-kite/street-1.png",
            "2025-03-02/nimbus-aero-vs-terra-kite/street-2.png",
            "latest.json",
        ]);
        var manifest = await stage.ReadJsonAsync<AssetManifest>(ContainerNames.AssetLibrary, "2025-03-02/manifest.json");
        foreach (var picture in manifest.Pictures)
        {
            var content = (await stage.Blobs.TryReadAsync(ContainerNames.AssetLibrary, $"2025-03-02/{picture.File}", default)).ShouldNotBeNull().Content;
            Digests.OfBytes(content.Span).ShouldBe(picture.Sha256);
            (picture.Prompt, picture.NegativePrompt).ShouldBe(($"picture {picture.Seed} of {picture.JobId}", "blurry"), "what the worker rendered, not what the template says");
            (await stage.Blobs.StatAsync(ContainerNames.Loras, picture.Left.Lora, default)).ShouldNotBeNull().Sha256.ShouldBe(picture.Left.LoraSha256);
        }

        var properties = (await library.GetBlobClient($"2025-03-02/{manifest.Pictures[0].File}").GetPropertiesAsync()).Value;
        properties.ContentType.ShouldBe("image/png");
        properties.ContentDisposition.ShouldBe("attachment; filename*=UTF-8''nimbus-aero-vs-terra-kite-rain-1.png");
        properties.CacheControl.ShouldBe("private, max-age=31536000, immutable");
        var pointer = await stage.ReadJsonAsync<AssetPointer>(ContainerNames.AssetLibrary, "latest.json");
        (pointer.Date, pointer.Manifest, pointer.Pictures).ShouldBe(("2025-03-02", "2025-03-02/manifest.json", 4));
    }
}
