namespace LoraFunctions.Pipeline.Storage;

/// <summary>The blob layout: every name below the containers. Names are never overwritten; a <c>latest.json</c> is swapped last under its ETag.</summary>
public static class BlobNames
{
    public const string VehicleFile = "vehicle.json";

    public const string LabelTable = "labels.yaml";

    /// <summary>What people corrected, as <c>lora label --learn</c> writes it; need not be there.</summary>
    public const string Corrections = "corrections.json";

    public const string Comparisons = "comparisons.yaml";

    public const string BrandSafety = "brand-safety.yaml";

    public const string TrainingDefaults = "training/default.yaml";

    /// <summary>In <see cref="ContainerNames.AssetLibrary"/>: names the manifest of the newest night.</summary>
    public const string AssetsLatest = "latest.json";

    // vehicle-photos
    public static string Vehicle(string listingId) => $"{listingId}/{VehicleFile}";

    // config
    public static string TrainingOverrides(string modelKey) => $"training/{modelKey}.yaml";

    // base-models
    public static string BaseModelManifest(string name) => $"{name}/manifest.json";

    // datasets
    /// <summary>Folders beside those of the car models, whose keys have a '-' in them.</summary>
    public static IReadOnlyList<string> NoDatasets { get; } = ["photos", "listings"];

    public static string DatasetPhoto(string sha256) => $"photos/{sha256}";

    public static string ListingGateReport(string listingId, string listingKey) => ListingFile(listingId, listingKey, "gate-report.json");

    /// <summary>Small pictures of a listing's photos for people, JSON: base64 by the photos' names.</summary>
    public static string ListingThumbnails(string listingId, string listingKey) => ListingFile(listingId, listingKey, "thumbnails.json");

    public static string ListingFile(string listingId, string listingKey, string file) => $"listings/{listingId}/{listingKey}/{file}";

    public static string DatasetFile(string modelKey, string digest, string file) => $"{modelKey}/{digest}/{file}";

    public static string DatasetLatest(string modelKey) => $"{modelKey}/latest.json";

    // jobs
    public static string JobSpec(string jobId) => $"{jobId}/spec.json";

    public static string JobResult(string jobId) => $"{jobId}/result.json";

    /// <summary>A person's word, <c>control.json</c> under its ETag.</summary>
    public static string JobControl(string jobId) => $"{jobId}/control.json";

    /// <summary>A <see cref="JobProgressReport"/>, overwritten while the job runs.</summary>
    public static string JobStatus(string jobId) => $"{jobId}/status.json";

    /// <summary>The worker's count of attempts; its lease says who works on the job.</summary>
    public static string JobAttempts(string jobId) => $"{jobId}/attempts.json";

    /// <summary>Prefix of what one attempt made.</summary>
    public static string JobAttempt(string jobId, int attempt) => $"{jobId}/{attempt}/";

    /// <summary>Prefix of what any attempt resumes.</summary>
    public static string JobCheckpoints(string jobId) => $"{jobId}/checkpoints/";

    /// <summary>YAML that a person gave for one training, by its digest.</summary>
    public static string TrainingOverridesOnce(string sha256) => $"overrides/{sha256}.yaml";

    /// <summary>While it is there no night is started.</summary>
    public const string NightPause = "nights/pause.json";

    /// <summary>How far the nights have gone round <see cref="ContainerNames.VehiclePhotos"/>.</summary>
    public const string ArchiveRound = "nights/archive-round.json";

    public static string NightPlan(string date) => $"nights/{date}/plan.json";

    /// <param name="revision">From 1; a night that was started again and went otherwise has another.</param>
    public static string NightReport(string date, int revision) => $"nights/{date}/{Revised("report", ".json", revision)}";

    // loras
    public static string Lora(string modelKey, string jobId) => $"{modelKey}/{jobId}.safetensors";

    public static string LoraLatest(string modelKey) => $"{modelKey}/latest.json";

    // asset-library
    public static string Pair(string left, string right) => $"{left}-vs-{right}";

    public static string Picture(string date, string left, string right, string file) => $"{date}/{Pair(left, right)}/{file}";

    /// <param name="file">E.g. <c>manifest</c>.</param>
    /// <param name="extension">With its dot.</param>
    /// <param name="revision">From 1; a night that was started again and has other pictures has another.</param>
    public static string AssetIndex(string date, string file, string extension, int revision) => $"{date}/{Revised(file, extension, revision)}";

    /// <summary>Pictures that a person asked for lie beside the dates.</summary>
    public static string Requested(string id) => $"requests/{id}";

    /// <summary>What a person says of a picture.</summary>
    /// <param name="set">Date or <see cref="Requested"/>.</param>
    public static string PictureReview(string set, string jobId, long seed) => string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{set}/reviews/{jobId}-{seed}.json");

    private static string Revised(string file, string extension, int revision) => revision == 1 ? file + extension : $"{file}-{revision}{extension}";
}
