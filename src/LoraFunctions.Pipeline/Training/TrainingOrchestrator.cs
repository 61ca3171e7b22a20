using LoraFunctions.Pipeline.Jobs;
using LoraFunctions.Pipeline.Orchestration;
using Microsoft.DurableTask;

namespace LoraFunctions.Pipeline.Training;

/// <summary>A person asks for one car model to be trained on the data set there is.</summary>
public sealed class TrainingOrchestrator : TaskOrchestrator<TrainingRequest, CarModelOutcome>
{
    public override async Task<CarModelOutcome> RunAsync(TaskOrchestrationContext context, TrainingRequest input)
    {
        try
        {
            var decision = await context.CallActivityAsync<TrainingDecision>(nameof(PrepareTrainJob), input, Retries.OfActivities);
            return (await TrainAsync(context, input, decision, context.InstanceId, context.CurrentUtcDateTime, deadlineUtc: null)).Outcome;
        }
        catch (TaskFailedException e)
        {
            return NotDecided(input.ModelKey, e.Reason());
        }
    }

    /// <summary>What the night and a training on demand share: train what is due, publish the LoRA.</summary>
    /// <param name="asOf">When the night, or the person's request, began.</param>
    /// <returns>And how long the training took; zero where none came to its end.</returns>
    public static async Task<(CarModelOutcome Outcome, TimeSpan Took)> TrainAsync(
        TaskOrchestrationContext context,
        TrainingRequest request,
        TrainingDecision decision,
        string instanceId,
        DateTime asOf,
        DateTime? deadlineUtc)
    {
        if (decision.Job is not { } job)
        {
            return (Outcome(decision.Due == TrainingDue.UpToDate ? CarModelStatus.UpToDate : CarModelStatus.Waiting, decision.Reason), TimeSpan.Zero);
        }

        try
        {
            var trained = await context.CallSubOrchestratorAsync<JobOutcome>(
                nameof(GpuJobOrchestrator),
                new GpuJobInput(job, deadlineUtc),
                new SubOrchestrationOptions(instanceId: InstanceIds.GpuJob(instanceId, JobKind.Train)));
            if (trained.Status != JobOutcomeStatus.Succeeded)
            {
                return trained.Status == JobOutcomeStatus.TooLate
                    ? (Outcome(CarModelStatus.CarriedOver, $"carried over to the next night: {trained.Reason}"), trained.Took)
                    : (Outcome(CarModelStatus.Failed, $"training: {trained.Reason}"), trained.Took);
            }

            var publish = new PublishLoraInput(request.ModelKey, job.JobId, request.Night, asOf);
            var lora = await context.CallActivityAsync<BlobRef>(nameof(PublishLora), publish, Retries.OfActivities);
            return (Outcome(CarModelStatus.Trained, reason: null) with { Lora = lora }, trained.Took);
        }
        catch (TaskFailedException e)
        {
            return (Outcome(CarModelStatus.Failed, e.Reason()), TimeSpan.Zero);
        }

        CarModelOutcome Outcome(CarModelStatus status, string? reason) =>
            new(request.ModelKey, decision.DisplayName, status, decision.Photos, decision.Job?.JobId, decision.Lora, reason);
    }

    /// <summary>It could not even be looked at whether it is due.</summary>
    public static CarModelOutcome NotDecided(string modelKey, string reason) => new(modelKey, modelKey, CarModelStatus.Failed, 0, null, null, reason);
}
