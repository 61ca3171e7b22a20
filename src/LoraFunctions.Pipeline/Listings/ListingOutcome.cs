namespace LoraFunctions.Pipeline.Listings;

/// <summary>A listing to work on.</summary>
/// <param name="ListingId">Folder in <see cref="ContainerNames.VehiclePhotos"/>.</param>
/// <param name="ListingKey">Digest of the listing's files and the gate's limits: where they change, the listing is worked on again.</param>
/// <param name="Vehicle">Its <c>vehicle.json</c>.</param>
public sealed record PlannedListing(string ListingId, string ModelKey, string ListingKey, Vehicle Vehicle)
{
    /// <summary>For the gate to look at.</summary>
    public int Photos { get; init; }
}

/// <summary>Input of <see cref="ListingsOrchestrator"/>.</summary>
/// <param name="Night">The night's instance.</param>
/// <param name="AtOnce">How many of them are in work at once.</param>
/// <param name="DeadlineUtc">When no label is waited for any more; null: as long as the jobs' time-outs say.</param>
public sealed record ListingsInput(string Night, IReadOnlyList<PlannedListing> Listings, int AtOnce, DateTime? DeadlineUtc);

/// <summary>Result of <see cref="GateListing"/> and <see cref="GateByLabels"/>.</summary>
/// <param name="GateReport">A <see cref="ListingGateReport"/> as JSON.</param>
public sealed record GatedListing(BlobRef GateReport, int Accepted, int Rejected)
{
    public static GatedListing Of(BlobRef blob, ListingGateReport report) => new(blob, report.Photos.Count(p => p.Accepted), report.Photos.Count(p => !p.Accepted));
}

/// <summary>Input of <see cref="GateByLabels"/>.</summary>
/// <param name="GateReport">The listing's, before CLIP saw its photos.</param>
/// <param name="LabelJobId">The job whose labels reject some of them.</param>
public sealed record GateByLabelsInput(BlobRef GateReport, string LabelJobId);

/// <summary>How one listing ended; <see cref="ListingsOrchestrator"/> gives one for each.</summary>
/// <param name="GateReport">Which photos were accepted and why the others were not; null when the gate itself failed.</param>
/// <param name="LabelJobId">The job that labelled the accepted photos; null when there were none or it failed.</param>
/// <param name="Reason">Why it failed, one line for a person.</param>
public sealed record ListingOutcome(
    string ListingId,
    string ModelKey,
    ListingStatus Status,
    int Accepted,
    int Rejected,
    BlobRef? GateReport,
    string? LabelJobId,
    string? Reason);

/// <summary>How a listing ended. A failed one is taken up again by the next night.</summary>
public enum ListingStatus
{
    Labelled,

    /// <summary>The gate let no photo through.</summary>
    NothingAccepted,

    Failed,
}
