using LoraFunctions.Pipeline.Messages;

namespace LoraFunctions.Pipeline.Workflows;

/// <summary>One pair in one scene: rendered by one job.</summary>
public sealed class ComparisonWorkflow : IWorkflow<ComparisonInput, ComparisonOutcome>
{
    public async Task<ComparisonOutcome> RunAsync(IWorkflowContext context, ComparisonInput input)
    {
        var (left, right, scene, job) = input.Comparison;
        try
        {
            var rendered = await context.CallSubOrchestratorAsync<JobOutcome>(
                WorkflowNames.GpuJob,
                new GpuJobInput(job, input.DeadlineUtc),
                InstanceIds.GpuJob(context.InstanceId, JobKind.Render));
            return new ComparisonOutcome(left, right, scene, job.JobId, rendered.Status, rendered.Reason);
        }
        catch (ActivityFailedException e)
        {
            return new ComparisonOutcome(left, right, scene, job.JobId, JobOutcomeStatus.Failed, e.Reason);
        }
    }
}
