using LoraFunctions.Pipeline.Jobs;
using LoraFunctions.Pipeline.Orchestration;
using Microsoft.DurableTask;

namespace LoraFunctions.Pipeline.Training;

/// <summary>A person asks for one car model to be trained on the data set there is.</summary>
public sealed class TrainingOrchestrator : TaskOrchestrator<TrainingInput, CarModelOutcome>
{
    public override async Task<CarModelOutcome> RunAsync(TaskOrchestrationContext context, TrainingInput input)
    {
        try
        {
            var prepared = await context.CallActivityAsync<PreparedTraining>(nameof(PrepareTrainJob), input, Retries.OfActivities);
            return prepared.Job is { } job
                ? (await TrainAsync(context, prepared, job, context.InstanceId, night: null, context.CurrentUtcDateTime, deadlineUtc: null)).Outcome
                : prepared.NotTrained();
        }
        catch (TaskFailedException e)
        {
            return CarModelOutcome.Failed(input.ModelKey, e.Reason());
        }
    }

    /// <summary>What the night and a training on demand share: train, publish the LoRA.</summary>
    /// <param name="night">The night's date; null when a person asked.</param>
    /// <param name="asOf">When the night, or the person's request, began.</param>
    /// <returns>And how long the training took; zero where none came to its end.</returns>
    public static async Task<(CarModelOutcome Outcome, TimeSpan Took)> TrainAsync(
        TaskOrchestrationContext context,
        PreparedTraining prepared,
        PreparedJob job,
        string instanceId,
        string? night,
        DateTime asOf,
        DateTime? deadlineUtc)
    {
        try
        {
            var trained = await context.CallSubOrchestratorAsync<JobOutcome>(
                nameof(GpuJobOrchestrator),
                new GpuJobInput(job, deadlineUtc),
                new SubOrchestrationOptions(instanceId: InstanceIds.GpuJob(instanceId, JobKind.Train)));
            if (trained.Status != JobOutcomeStatus.Succeeded)
            {
                return trained.Status == JobOutcomeStatus.TooLate
                    ? (prepared.Outcome(CarModelStatus.CarriedOver, $"carried over to the next night: {trained.Reason}"), trained.Took)
                    : (prepared.Outcome(CarModelStatus.Failed, $"training: {trained.Reason}"), trained.Took);
            }

            var publish = new PublishLoraInput(prepared.ModelKey, job.JobId, night, asOf);
            var lora = await context.CallActivityAsync<BlobRef>(nameof(PublishLora), publish, Retries.OfActivities);
            return (prepared.Outcome(CarModelStatus.Trained, reason: null) with { Lora = lora }, trained.Took);
        }
        catch (TaskFailedException e)
        {
            return (prepared.Outcome(CarModelStatus.Failed, e.Reason()), TimeSpan.Zero);
        }
    }
}
