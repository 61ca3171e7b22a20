using LoraFunctions.Pipeline.Messages;
using LoraFunctions.Pipeline.Storage;

namespace LoraFunctions.Pipeline.Activities;

/// <summary>Stores the night's report. A night started again that went otherwise gets another revision.</summary>
internal sealed class WriteNightReportActivity(BlobStore blobs, TimeProvider time) : IActivity<NightReport, BlobRef>
{
    public async Task<BlobRef> RunAsync(NightReport input, CancellationToken cancellationToken)
    {
        var (blob, _) = await Revisions.CommitAsync(
            blobs,
            ContainerNames.Jobs,
            revision => BlobNames.NightReport(input.Date, revision),
            WithoutETags(input) with { Times = new NightTimes(time.GetUtcNow()) },
            report => report with { Times = null },
            cancellationToken);
        return blob;
    }

    /// <summary>They differ from storage to storage and mean nothing to a reader.</summary>
    private static NightReport WithoutETags(NightReport report) => report with
    {
        Listings = [.. report.Listings.Select(l => l with { GateReport = l.GateReport is { } gate ? gate with { ETag = "" } : null })],
        Models = [.. report.Models.Select(m => m with { Lora = m.Lora is { } lora ? lora with { ETag = "" } : null })],
    };
}
