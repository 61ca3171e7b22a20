namespace LoraFunctions.Cli.Costs;

/// <summary>What is asked.</summary>
/// <param name="Models">Car models trained in a night.</param>
/// <param name="StepSeconds">A training step on the GPU, measured: the worker's log says steps a second.</param>
/// <param name="Photos">Of a car model's data set.</param>
/// <param name="NewPhotos">Of a car model since its last training.</param>
/// <param name="Pictures">Comparison pictures for each car model trained.</param>
/// <param name="PictureSeconds">Null: estimated from the step.</param>
/// <param name="Hours">Between the night's start and its deadline.</param>
/// <param name="GpuPrice">Of one GPU with its processors and memory, an hour.</param>
internal sealed record NightCostInput(
    int Models,
    double StepSeconds,
    int Photos,
    int NewPhotos,
    int Pictures,
    double? PictureSeconds,
    int Gpus,
    double Hours,
    double GpuPrice);

/// <summary>What one night does.</summary>
/// <param name="NewPhotos">Of all listings; they are labelled.</param>
/// <param name="DatasetPhotos">Of all data sets that are trained on.</param>
/// <param name="TrainingSeconds">Of one training.</param>
/// <param name="TrainingFormula">How that came about.</param>
/// <param name="GpuPrice">Null: not known.</param>
internal sealed record NightWork(
    int Models,
    double NewPhotos,
    double DatasetPhotos,
    double Pictures,
    double TrainingSeconds,
    string TrainingFormula,
    double PictureSeconds,
    int Gpus,
    double Hours,
    double? GpuPrice);

/// <summary>One line of the answer.</summary>
/// <param name="Formula">How it was computed, with the numbers in it.</param>
internal sealed record CostLine(string What, double Value, string Unit, string Formula);

/// <summary>
/// What a night takes and costs. Every assumption is a constant here and stands in the formula that is printed. Prices of the storage are the
/// sample prices of Microsoft's own estimate, in dollars (East US, locally redundant):
/// https://learn.microsoft.com/azure/storage/blobs/blob-storage-estimate-costs; those of GPUs differ by region and change: they are asked for.
/// </summary>
internal static class NightCost
{
    /// <summary>The defaults of a training: 15 epochs at batch 4.</summary>
    private const double Epochs = 15;
    private const double Batch = 4;

    /// <summary>Loading the model, encoding the photos, sample pictures, the LoRA's way to the storage.</summary>
    private const double SetUpSeconds = 20;

    /// <summary>
    /// A picture has 30 steps with guidance, 60 passes of one; a training step has 4 passes and twice as much backwards, 12. So a picture is 5 steps.
    /// </summary>
    private const double StepsPerPicture = 5;

    /// <summary>CLIP L/14 on a small GPU, with decoding.</summary>
    private const double LabelSeconds = 0.05;

    private const double PhotosPerListing = 10;

    /// <summary>Measured on the emulator: 42,245 calls for 1,000 orchestrations with four activities each, 5,000 items.</summary>
    private const double CallsPerItem = 8.45;

    /// <summary>
    /// Activities, and the sub-orchestration of the job with its own two: a listing (gate, job), a training (data set, job, LoRA), a scene of a pair.
    /// </summary>
    private const double ItemsPerListing = 5;
    private const double ItemsPerTraining = 6;
    private const double ItemsPerPicture = 3;

    /// <summary>Asked every second, host.json's maxQueuePollingInterval: the engine's three, results, changed listings.</summary>
    private const double Queues = 5;
    private const double IdleCallsPerMonth = Queues * 86_400 * 30;

    private const double NightsPerMonth = 30;
    private const double PhotoMegabytes = 2;
    private const double LoraMegabytes = 3.2;
    private const double PictureMegabytes = 0.6;

    /// <summary>Ten thousand calls.</summary>
    private const double WritePrice = 0.055;
    private const double ReadPrice = 0.0044;
    private const double QueuePrice = 0.004;

    /// <summary>A gigabyte and month, hot.</summary>
    private const double CapacityPrice = 0.0208;

    /// <summary>A usual night, and the month it makes.</summary>
    public static IReadOnlyList<CostLine> Of(NightCostInput night)
    {
        var steps = Steps(night.Photos);
        var work = new NightWork(
            night.Models,
            (double)night.Models * night.NewPhotos,
            (double)night.Models * night.Photos,
            (double)night.Models * night.Pictures,
            SetUpSeconds + (steps * night.StepSeconds),
            $"{night.Models} x ({SetUpSeconds:0} s + {steps:0} steps x {night.StepSeconds} s); {night.Photos} photos x {Epochs:0} epochs / {Batch:0}",
            night.PictureSeconds ?? (night.StepSeconds * StepsPerPicture),
            night.Gpus,
            night.Hours,
            night.GpuPrice);
        var (gpu, calls) = (GpuMinutes(work) / 60 * night.GpuPrice, Storage(work).Price);
        var idle = IdleCallsPerMonth * QueuePrice / 10_000;
        var growth = NightsPerMonth * ((2 * work.NewPhotos * PhotoMegabytes) + (work.Models * LoraMegabytes) + (work.Pictures * PictureMegabytes)) / 1000;
        return
        [
            .. Tonight(work),
            new("idle", idle, "a month", $"{IdleCallsPerMonth / 1e6:0.#} million calls of {Queues} queues asked every second x {QueuePrice} / 10,000"),
            new("growth", growth, "GB a month", $"{NightsPerMonth:0} x ({work.NewPhotos:0} photos x {PhotoMegabytes} MB x 2 + {work.Models} LoRAs x {LoraMegabytes} MB + {work.Pictures:0} pictures x {PictureMegabytes} MB)"),
            new("kept", growth * CapacityPrice, "a month more each month", $"{growth:0.#} GB x {CapacityPrice}"),
            new("a month", (NightsPerMonth * (gpu + calls)) + idle + (growth * CapacityPrice), "in the first", $"{NightsPerMonth:0} x (GPU + calls) + idle + kept"),
        ];
    }

    /// <summary>One night: the GPU's minutes, the storage's calls, and where the GPU's price is known what it costs.</summary>
    public static IReadOnlyList<CostLine> Tonight(NightWork night)
    {
        var (labelling, training, rendering) = Minutes(night);
        var minutes = GpuMinutes(night);
        var (listings, engine, writes, reads, price) = Storage(night);
        var lines = new List<CostLine>
        {
            new("labels", labelling, "GPU min", $"{night.NewPhotos:0} new photos x {LabelSeconds} s"),
            new("trainings", training, "GPU min", night.TrainingFormula),
            new("pictures", rendering, "GPU min", $"{night.Pictures:0} x {night.PictureSeconds:0.##} s"),
            new("all", minutes, "GPU min", "the sum"),
            new("night", minutes / 60 / night.Gpus, "h", $"on {night.Gpus} GPU{(night.Gpus == 1 ? "" : "s")}; there are {night.Hours} h"),
            new("GPUs", Math.Ceiling(minutes / 60 / night.Hours), "needed", $"{minutes / 60:0.##} h / {night.Hours} h"),
            new("engine's calls", engine, "a night", $"{CallsPerItem} x ({listings:0} listings x {ItemsPerListing:0} + {night.Models} trainings x {ItemsPerTraining:0} + {night.Pictures:0} pictures x {ItemsPerPicture:0})"),
            new("blobs written", writes, "a night", $"{night.NewPhotos:0} photos x 2 + {night.Models} trainings x 30 + {night.Pictures:0} pictures x 2"),
            new("blobs read", reads, "a night", $"{night.NewPhotos:0} photos x 2 + {night.DatasetPhotos:0} photos trained on + {night.Pictures:0} pictures x 3"),
            new("calls", price, "a night", $"(written x {WritePrice} + read x {ReadPrice} + engine's x {QueuePrice}) / 10,000"),
        };
        if (night.GpuPrice is { } gpuPrice)
        {
            var gpu = minutes / 60 * gpuPrice;
            lines.Add(new("GPU", gpu, "a night", $"{minutes / 60:0.##} h x {gpuPrice}"));
            lines.Add(new("a picture", night.Pictures == 0 ? 0 : (gpu + price) / night.Pictures, "", $"(GPU + calls) / {night.Pictures:0}"));
        }

        return lines;
    }

    /// <summary>Of a training that took so long: what is left of it without the beginning, for each step.</summary>
    public static double PictureSeconds(TimeSpan training, double photos) =>
        StepsPerPicture * Math.Max(0, training.TotalSeconds - SetUpSeconds) / Math.Max(1, Steps(photos));

    private static double Steps(double photos) => Math.Ceiling(photos * Epochs / Batch);

    private static (double Labelling, double Training, double Rendering) Minutes(NightWork night) =>
        (night.NewPhotos * LabelSeconds / 60, night.Models * night.TrainingSeconds / 60, night.Pictures * night.PictureSeconds / 60);

    private static double GpuMinutes(NightWork night)
    {
        var (labelling, training, rendering) = Minutes(night);
        return labelling + training + rendering;
    }

    /// <summary>Photos arrive and are kept in the data set; a training leaves its LoRA and about thirty files; a picture is rendered and published.</summary>
    private static (double Listings, double Engine, double Writes, double Reads, double Price) Storage(NightWork night)
    {
        var listings = Math.Ceiling(night.NewPhotos / PhotosPerListing);
        var engine = CallsPerItem * ((listings * ItemsPerListing) + (night.Models * ItemsPerTraining) + (night.Pictures * ItemsPerPicture));
        var writes = (2 * night.NewPhotos) + (30 * night.Models) + (2 * night.Pictures);
        var reads = (2 * night.NewPhotos) + night.DatasetPhotos + (3 * night.Pictures);
        return (listings, engine, writes, reads, ((writes * WritePrice) + (reads * ReadPrice) + (engine * QueuePrice)) / 10_000);
    }
}
