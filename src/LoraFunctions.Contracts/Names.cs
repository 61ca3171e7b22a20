namespace LoraFunctions.Contracts;

/// <summary>The blob containers.</summary>
public static class ContainerNames
{
    /// <summary>In: <c>{listingId}/vehicle.json</c> and the listing's photos.</summary>
    public const string VehiclePhotos = "vehicle-photos";

    /// <summary><c>training/*.yaml</c>, <c>labels.yaml</c>, <c>comparisons.yaml</c>, <c>brand-safety.yaml</c>.</summary>
    public const string Config = "config";

    /// <summary><c>{name}/...</c>: a single file or a diffusers folder, tokenizer files, CLIP; and <c>{name}/manifest.json</c> with every file's SHA-256.</summary>
    public const string BaseModels = "base-models";

    /// <summary><c>{modelKey}/{digest}/</c>: accepted photos, <c>metadata.csv</c>, <c>gate-report.json</c>.</summary>
    public const string Datasets = "datasets";

    /// <summary>Spec, control, checkpoints, attempts, result.</summary>
    public const string Jobs = "jobs";

    /// <summary><c>{modelKey}/{jobId}.safetensors</c>, <c>latest.json</c> swapped last.</summary>
    public const string Loras = "loras";

    /// <summary><c>{date}/{left}-vs-{right}/{scene}-{seed}.png</c>, manifest, <c>latest.json</c>.</summary>
    public const string AssetLibrary = "asset-library";

    public static IReadOnlyList<string> All { get; } = [VehiclePhotos, Config, BaseModels, Datasets, Jobs, Loras, AssetLibrary];
}

/// <summary>The queues. Messages are raw JSON text on both (host.json: <c>messageEncoding: none</c>).</summary>
public static class QueueNames
{
    public const string GpuJobs = "gpu-jobs";

    public const string GpuResults = "gpu-results";
}
