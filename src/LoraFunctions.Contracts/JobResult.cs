using System.Globalization;

namespace LoraFunctions.Contracts;

/// <summary><c>jobs/{jobId}/result.json</c>, committed last with <c>If-None-Match: *</c>; whoever loses the race adopts the winner's.</summary>
/// <param name="Attempt">Which attempt's artefacts count.</param>
/// <param name="Error">Why it failed, one line for a person; null when it succeeded.</param>
/// <param name="Artefacts">What the job made, below <c>jobs/{jobId}/{attempt}/</c>, in the order of their names.</param>
/// <param name="Metrics">Numbers worth a line in the report, e.g. <c>final_loss</c>.</param>
/// <param name="Times">Everything that differs between two equal runs.</param>
public sealed record JobResult(
    int SchemaVersion,
    string JobId,
    JobKind Kind,
    JobStatus Status,
    int Attempt,
    string? Error,
    IReadOnlyList<BlobRef> Artefacts,
    IReadOnlyDictionary<string, double> Metrics,
    JobTimes Times)
{
    public const int CurrentSchemaVersion = 1;
}

/// <summary>How a job ended; a job without a result has not ended.</summary>
public enum JobStatus
{
    Succeeded,
    Failed,
}

/// <summary>When a job ran.</summary>
public sealed record JobTimes(DateTimeOffset StartedAt, DateTimeOffset EndedAt);

/// <summary>
/// <c>jobs/{jobId}/status.json</c>: how far a job is, written by the worker every few seconds while it runs. For people's eyes only:
/// the truth about a job's end is its <see cref="JobResult"/>.
/// </summary>
/// <param name="Attempt">From 1.</param>
/// <param name="Stage">One or two words, e.g. <c>training</c>.</param>
/// <param name="Done">Units done, of <paramref name="Total"/> in this stage.</param>
/// <param name="Loss">Training only: the last step's.</param>
/// <param name="EndsAt">When the stage ends at its pace so far; null before there is one.</param>
public sealed record JobProgressReport(
    int SchemaVersion,
    string JobId,
    JobKind Kind,
    int Attempt,
    string Stage,
    int Done,
    int Total,
    double? Loss,
    DateTimeOffset UpdatedAt,
    DateTimeOffset? EndsAt = null)
{
    public const int CurrentSchemaVersion = 1;
}

/// <summary>Names of the metrics that later stations look for.</summary>
public static class JobMetrics
{
    /// <summary>Label job: photos that its gate did not let through; <see cref="ArtefactNames.Labels"/> names them.</summary>
    public const string Rejected = "rejected";
}

/// <summary>Names of the artefacts below <c>jobs/{jobId}/{attempt}/</c> that later stations look for; a job may leave more beside them.</summary>
public static class ArtefactNames
{
    /// <summary>Label job: rows <c>{photo},"{caption}"</c> without a heading, UTF-8; the photo is its blob's name below <c>{listingId}/</c>.</summary>
    public const string LabelMetadata = "metadata.csv";

    /// <summary>Label job: every label with its scores, and the photos that its gate did not let through.</summary>
    public const string Labels = "labels.json";

    /// <summary>Train job: the LoRA in kohya's format.</summary>
    public static string Lora(string modelKey) => $"{modelKey}.safetensors";

    /// <summary>Train job: folder of the sheets of sample pictures; they come with the checkpoints while it runs.</summary>
    public const string SamplesFolder = "samples";

    /// <summary>Render job: one marked picture a seed.</summary>
    /// <param name="format">One of <see cref="ComparisonDefaults.Formats"/>; null: the default.</param>
    public static string Picture(string scene, long seed, string? format) =>
        string.Create(CultureInfo.InvariantCulture, $"{scene}-{seed}.{format ?? ComparisonDefaults.Format}");

    /// <summary>Render job: a picture's <see cref="JudgedPicture"/>, where pictures are judged.</summary>
    public static string Scores(string scene, long seed) => $"{scene}-{seed}.json";
}
