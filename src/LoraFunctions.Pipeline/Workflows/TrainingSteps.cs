using LoraFunctions.Pipeline.Activities;
using LoraFunctions.Pipeline.Messages;

namespace LoraFunctions.Pipeline.Workflows;

/// <summary>What the night and a training on demand share: decide, train, publish the LoRA.</summary>
internal static class TrainingSteps
{
    public static async Task<CarModelOutcome> RunAsync(IWorkflowContext context, PrepareTrainJobInput input, DateTime? deadlineUtc)
    {
        TrainingDecision? decision = null;
        try
        {
            decision = await context.CallActivityAsync<TrainingDecision>(ActivityNames.PrepareTrainJob, input);
            if (decision.Job is not { } job)
            {
                var status = decision.Due == TrainingDue.UpToDate ? CarModelStatus.UpToDate : CarModelStatus.Waiting;
                return Outcome(input, decision, status, decision.Lora, decision.Reason);
            }

            var trained = await context.CallSubOrchestratorAsync<JobOutcome>(
                WorkflowNames.GpuJob,
                new GpuJobInput(job, deadlineUtc),
                InstanceIds.GpuJob(context.InstanceId, JobKind.Train));
            if (trained.Status != JobOutcomeStatus.Succeeded)
            {
                return Outcome(input, decision, CarModelStatus.Failed, decision.Lora, $"training: {trained.Reason}");
            }

            var lora = await context.CallActivityAsync<BlobRef>(ActivityNames.PublishLora, new PublishLoraInput(input.ModelKey, job.JobId, input.Night));
            return Outcome(input, decision, CarModelStatus.Trained, lora, reason: null);
        }
        catch (ActivityFailedException e)
        {
            return Outcome(input, decision, CarModelStatus.Failed, decision?.Lora, e.Reason);
        }
    }

    private static CarModelOutcome Outcome(
        PrepareTrainJobInput input,
        TrainingDecision? decision,
        CarModelStatus status,
        BlobRef? lora,
        string? reason) =>
        new(input.ModelKey, decision?.DisplayName ?? input.ModelKey, status, decision?.Photos ?? 0, decision?.Job?.JobId, lora, reason);
}
