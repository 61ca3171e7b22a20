using LoraFunctions.Pipeline.Hosting;
using LoraFunctions.Pipeline.Storage;
using Microsoft.DurableTask;

namespace LoraFunctions.Pipeline.Night;

/// <summary>Stores the night's report. A night started again that went otherwise gets another revision.</summary>
internal sealed class WriteNightReport(BlobStore blobs, TimeProvider time) : TaskActivity<NightReport, BlobRef>
{
    public override async Task<BlobRef> RunAsync(TaskActivityContext context, NightReport input)
    {
        var (blob, _) = await Revisions.CommitAsync(
            blobs,
            ContainerNames.Jobs,
            revision => BlobNames.NightReport(input.Date, revision),
            WithoutETags(input) with { Times = new NightTimes(time.GetUtcNow()) },
            report => report with { Times = null },
            default);
        Telemetry.Nights.Add(1, Telemetry.Tag("lora.night.status", input.Status.ToString()));
        return blob;
    }

    /// <summary>They differ from storage to storage and mean nothing to a reader.</summary>
    private static NightReport WithoutETags(NightReport report) => report with
    {
        Listings = [.. report.Listings.Select(l => l with { GateReport = l.GateReport is { } gate ? gate with { ETag = "" } : null })],
        Models = [.. report.Models.Select(m => m with { Lora = m.Lora is { } lora ? lora with { ETag = "" } : null })],
    };
}
