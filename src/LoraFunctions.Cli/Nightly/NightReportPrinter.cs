using System.Globalization;
using LoraFunctions.Imaging.Gate;
using LoraFunctions.Pipeline.Listings;
using LoraFunctions.Pipeline.Comparisons;
using LoraFunctions.Pipeline.Jobs;
using LoraFunctions.Pipeline.Night;
using LoraFunctions.Pipeline.Training;
using LoraFunctions.Pipeline.Storage;

namespace LoraFunctions.Cli.Nightly;

/// <summary>The night's story for a person: what came in, what was refused and why, what was trained, what was rendered.</summary>
internal sealed class NightReportPrinter(CliConsole console, BlobStore blobs)
{
    public async Task PrintAsync(NightReport report, CancellationToken cancellationToken)
    {
        console.Line(string.Empty);
        console.Line($"The night of {report.Date}: {Words(report.Status)}");
        await PrintListingsAsync(report.Listings, cancellationToken);
        await PrintModelsAsync(report.Models, cancellationToken);
        PrintComparisons(report);
        foreach (ReportedProblem problem in report.Failed())
        {
            console.Line($"  problem: {problem.Subject}: {problem.Reason}");
        }
    }

    private async Task PrintListingsAsync(IReadOnlyList<ListingOutcome> listings, CancellationToken cancellationToken)
    {
        int accepted = listings.Sum(listing => listing.Accepted);
        console.Line($"Photos: {accepted} of {accepted + listings.Sum(listing => listing.Rejected)} accepted, from "
            + $"{listings.Count} listings");
        foreach (ListingOutcome listing in listings)
        {
            string failed = listing.Status == ListingStatus.Failed ? "; failed" : string.Empty;
            console.Line($"  {listing.ListingId} ({listing.ModelKey}): {listing.Accepted} accepted, "
                + $"{listing.Rejected} rejected{failed}");
            if (listing.GateReport is { } blob)
            {
                ListingGateReport gate = await blobs.ReadJsonAsync<ListingGateReport>(blob, cancellationToken);
                foreach (GateVerdict photo in gate.Photos.Where(photo => !photo.Accepted))
                {
                    console.Line($"    rejected: {photo.Sentence}");
                }

                foreach (IgnoredFile file in gate.Ignored)
                {
                    console.Line($"    ignored: {file.Name}: {file.Reason}");
                }
            }
        }
    }

    private async Task PrintModelsAsync(IReadOnlyList<CarModelOutcome> models, CancellationToken cancellationToken)
    {
        console.Line($"LoRAs: {models.Count(model => model.Status == CarModelStatus.Trained)} trained in this night");
        foreach (CarModelOutcome model in models)
        {
            string numbers = model.JobId is { } jobId ? await NumbersAsync(jobId, cancellationToken) : string.Empty;
            string reason = model.Reason is null || model.Status == CarModelStatus.Failed ? string.Empty : $": {model.Reason}";
            console.Line($"  {model.DisplayName} ({model.Photos} photos): {Words(model.Status)}{numbers}{reason}");
        }
    }

    private async Task<string> NumbersAsync(string jobId, CancellationToken cancellationToken)
    {
        JobResult? result = await blobs.TryReadJsonAsync<JobResult>(ContainerNames.Jobs, BlobNames.JobResult(jobId), cancellationToken);
        return result is not null
            && result.Metrics.TryGetValue("steps", out double steps)
            && result.Metrics.TryGetValue("final_loss", out double loss)
            ? string.Create(CultureInfo.InvariantCulture, $", {steps:0} {(steps == 1 ? "step" : "steps")}, loss {loss:0.0000}")
            : string.Empty;
    }

    private void PrintComparisons(NightReport report)
    {
        console.Line($"Comparisons: {report.Comparisons.Count(c => c.Status == JobOutcomeStatus.Succeeded)} of "
            + $"{report.Comparisons.Count} rendered, {report.Pictures} pictures");
    }

    private static string Words(NightStatus status) => status switch
    {
        NightStatus.Succeeded => "everything went well",
        NightStatus.SucceededWithProblems => "it ran to its end, with problems",
        _ => "it failed",
    };

    private static string Words(CarModelStatus status) => status switch
    {
        CarModelStatus.Trained => "trained",
        CarModelStatus.UpToDate => "up to date",
        CarModelStatus.Waiting => "waits",
        CarModelStatus.CarriedOver => "carried over",
        _ => "failed",
    };
}
