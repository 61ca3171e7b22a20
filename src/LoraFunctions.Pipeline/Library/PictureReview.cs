namespace LoraFunctions.Pipeline.Library;

/// <summary><c>asset-library/{set}/reviews/{jobId}-{seed}.json</c>: what a person says of a picture.</summary>
/// <param name="ReplacedBy">Id of the comparison that renders it again; null when it was approved.</param>
public sealed record PictureReview(int SchemaVersion, PictureVerdict Verdict, string By, string? Reason, DateTimeOffset At, string? ReplacedBy)
{
    public const int CurrentSchemaVersion = 1;
}

/// <summary>A person's word on a picture.</summary>
public enum PictureVerdict
{
    Approved,
    Rejected,
}
