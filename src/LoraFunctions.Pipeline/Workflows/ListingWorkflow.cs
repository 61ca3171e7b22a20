using LoraFunctions.Pipeline.Activities;
using LoraFunctions.Pipeline.Messages;

namespace LoraFunctions.Pipeline.Workflows;

/// <summary>One listing: the gate looks at its photos, then CLIP labels those it let through.</summary>
public sealed class ListingWorkflow : IWorkflow<ListingInput, ListingOutcome>
{
    public async Task<ListingOutcome> RunAsync(IWorkflowContext context, ListingInput input)
    {
        GatedListing? gated = null;
        try
        {
            gated = await context.CallActivityAsync<GatedListing>(ActivityNames.GateListing, new GateListingInput(input.Listing));
            if (gated.Accepted == 0)
            {
                return Outcome(input, gated, ListingStatus.NothingAccepted);
            }

            var job = await context.CallActivityAsync<PreparedJob>(
                ActivityNames.PrepareLabelJob,
                new PrepareLabelJobInput(input.Listing, gated.GateReport));
            var labelled = await context.CallSubOrchestratorAsync<JobOutcome>(
                WorkflowNames.GpuJob,
                new GpuJobInput(job, input.DeadlineUtc),
                InstanceIds.GpuJob(context.InstanceId, JobKind.Label));
            return labelled.Status == JobOutcomeStatus.Succeeded
                ? Outcome(input, gated, ListingStatus.Labelled, labelled.JobId)
                : Outcome(input, gated, ListingStatus.Failed, labelled.JobId, $"labelling: {labelled.Reason}");
        }
        catch (ActivityFailedException e)
        {
            return Outcome(input, gated, ListingStatus.Failed, reason: e.Reason);
        }
    }

    private static ListingOutcome Outcome(
        ListingInput input,
        GatedListing? gated,
        ListingStatus status,
        string? labelJobId = null,
        string? reason = null) =>
        new(input.Listing, status, gated?.Accepted ?? 0, gated?.Rejected ?? 0, gated?.GateReport, labelJobId, reason);
}
