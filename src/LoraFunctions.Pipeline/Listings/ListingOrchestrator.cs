using LoraFunctions.Pipeline.Jobs;
using LoraFunctions.Pipeline.Orchestration;
using Microsoft.DurableTask;

namespace LoraFunctions.Pipeline.Listings;

/// <summary>One listing: the gate looks at its photos, then CLIP labels those it let through.</summary>
public sealed class ListingOrchestrator : TaskOrchestrator<ListingInput, ListingOutcome>
{
    public override async Task<ListingOutcome> RunAsync(TaskOrchestrationContext context, ListingInput input)
    {
        GatedListing? gated = null;
        try
        {
            gated = await context.CallActivityAsync<GatedListing>(nameof(GateListing), input.Listing, Retries.OfActivities);
            if (gated.Accepted == 0)
            {
                return Outcome(input, gated, ListingStatus.NothingAccepted);
            }

            var job = await context.CallActivityAsync<PreparedJob>(nameof(PrepareLabelJob), gated.GateReport, Retries.OfActivities);
            var labelled = await context.CallSubOrchestratorAsync<JobOutcome>(
                nameof(GpuJobOrchestrator),
                new GpuJobInput(job, input.DeadlineUtc),
                new SubOrchestrationOptions(instanceId: InstanceIds.GpuJob(context.InstanceId, JobKind.Label)));
            return labelled.Status == JobOutcomeStatus.Succeeded
                ? Outcome(input, gated, ListingStatus.Labelled, labelled.JobId)
                : Outcome(input, gated, ListingStatus.Failed, labelled.JobId, $"labelling: {labelled.Reason}");
        }
        catch (TaskFailedException e)
        {
            return Outcome(input, gated, ListingStatus.Failed, reason: e.Reason());
        }
    }

    private static ListingOutcome Outcome(
        ListingInput input,
        GatedListing? gated,
        ListingStatus status,
        string? labelJobId = null,
        string? reason = null) =>
        new(input.Listing.ListingId, input.Listing.ModelKey, status, gated?.Accepted ?? 0, gated?.Rejected ?? 0, gated?.GateReport, labelJobId, reason);
}
