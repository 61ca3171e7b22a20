namespace LoraFunctions.Contracts;

/// <summary>The blob containers.</summary>
public static class ContainerNames
{
    /// <summary>In: <c>{listingId}/vehicle.json</c> and the listing's photos.</summary>
    public const string VehiclePhotos = "vehicle-photos";

    /// <summary>An empty blob <c>{listingId}</c> for each listing that changed since a night was done with it.</summary>
    public const string ChangedListings = "changed-listings";

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

    public static IReadOnlyList<string> All { get; } = [VehiclePhotos, ChangedListings, Config, BaseModels, Datasets, Jobs, Loras, AssetLibrary];
}

/// <summary>The queues. Our messages are raw JSON text (host.json: <c>messageEncoding: none</c>).</summary>
public static class QueueNames
{
    public const string GpuJobs = "gpu-jobs";

    public const string GpuResults = "gpu-results";

    /// <summary>In Azure, Event Grid's word that a blob of <see cref="ContainerNames.VehiclePhotos"/> was written or deleted.</summary>
    public const string ListingChanges = "listing-changes";
}

/// <summary>
/// The one rule of names for what people call their files: the gate asks it, and who takes a file through labels, worker and captions relies on it.
/// </summary>
public static class FileNames
{
    /// <summary>Bytes of UTF-8 in a name, with room for what is put behind it on a file system that ends at 255.</summary>
    public const int MaxBytes = 200;

    /// <summary>Why a file of this name is not taken; null when it is. A blank at either end, colons, quotes and letters of any script are fine.</summary>
    public static string? Objection(string name) =>
        name is "" or "." or ".." ? "it has no name of its own"
        : name.Any(c => char.IsControl(c) || c is '/' or '\\') ? "its name holds a '/', a '\\' or a control character; rename it"
        : name.EnumerateRunes().Any(r => r.Value == 0xFFFD) ? "its name is not valid UTF-8; rename it"
        : System.Text.Encoding.UTF8.GetByteCount(name) is var bytes && bytes > MaxBytes ? $"its name has {bytes} bytes; at most {MaxBytes} are allowed"
        : null;

    /// <summary>Made of others, with nothing that a file system or a CSV reader takes amiss.</summary>
    public static string Plain(string name) =>
        string.Concat(name.Select(c => char.IsLetterOrDigit(c) || c is '-' or '_' or '.' ? c : '-')).TrimStart('.', '-');
}
