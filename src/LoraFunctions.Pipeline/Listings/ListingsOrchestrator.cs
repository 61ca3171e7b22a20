using LoraFunctions.Pipeline.Jobs;
using LoraFunctions.Pipeline.Orchestration;
using Microsoft.DurableTask;

namespace LoraFunctions.Pipeline.Listings;

/// <summary>Some of the night's listings: the gate looks at the photos of each, then CLIP labels those it let through.</summary>
public sealed class ListingsOrchestrator : TaskOrchestrator<ListingsInput, ListingOutcome[]>
{
    public override Task<ListingOutcome[]> RunAsync(TaskOrchestrationContext context, ListingsInput input) =>
        Turns.RunEachAsync(input.Listings, input.AtOnce, listing => RunAsync(context, input, listing));

    private static async Task<ListingOutcome> RunAsync(TaskOrchestrationContext context, ListingsInput input, PlannedListing listing)
    {
        GatedListing? gated = null;
        try
        {
            gated = await context.CallActivityAsync<GatedListing>(nameof(GateListing), listing, Retries.OfActivities);
            if (gated.Accepted == 0)
            {
                return Outcome(listing, gated, ListingStatus.NothingAccepted);
            }

            var job = await context.CallActivityAsync<PreparedJob>(nameof(PrepareLabelJob), gated.GateReport, Retries.OfActivities);
            var labelled = await context.CallSubOrchestratorAsync<JobOutcome>(
                nameof(GpuJobOrchestrator),
                new GpuJobInput(job, input.DeadlineUtc),
                new SubOrchestrationOptions(instanceId: InstanceIds.GpuJob(InstanceIds.Listing(input.Night, listing.ListingId), JobKind.Label)));
            if (labelled.Status != JobOutcomeStatus.Succeeded)
            {
                return Outcome(listing, gated, ListingStatus.Failed, labelled.JobId, $"labelling: {labelled.Reason}");
            }

            gated = labelled.Rejected == 0 ? gated
                : await context.CallActivityAsync<GatedListing>(nameof(GateByLabels), new GateByLabelsInput(gated.GateReport, labelled.JobId), Retries.OfActivities);
            return Outcome(listing, gated, ListingStatus.Labelled, labelled.JobId);
        }
        catch (TaskFailedException e)
        {
            return Outcome(listing, gated, ListingStatus.Failed, reason: e.Reason());
        }
    }

    /// <summary>How a listing ended.</summary>
    /// <param name="gated">Null when the gate itself failed.</param>
    public static ListingOutcome Outcome(
        PlannedListing listing,
        GatedListing? gated,
        ListingStatus status,
        string? labelJobId = null,
        string? reason = null) =>
        new(listing.ListingId, listing.ModelKey, status, gated?.Accepted ?? 0, gated?.Rejected ?? 0, gated?.GateReport, labelJobId, reason);
}
