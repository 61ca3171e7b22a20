using LoraFunctions.Pipeline.Datasets;
using LoraFunctions.Pipeline.Jobs;
using LoraFunctions.Pipeline.Listings;
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
            if (input.Upload is { } upload && await TakeInAsync(context, input.ModelKey, upload) is { } refused)
            {
                return CarModelOutcome.Failed(input.ModelKey, refused);
            }

            var prepared = await context.CallActivityAsync<PreparedTraining>(nameof(PrepareTrainJob), input, Retries.OfActivities);
            context.SetCustomStatus(prepared.Job?.JobId); // whoever asks how far it is finds the job by it
            return prepared.Job is { } job
                ? (await TrainAsync(context, prepared, job, context.InstanceId, night: null, context.CurrentUtcDateTime, deadlineUtc: null)).Outcome
                : prepared.NotTrained();
        }
        catch (TaskFailedException e)
        {
            return CarModelOutcome.Failed(input.ModelKey, e.Reason());
        }
    }

    /// <summary>An uploaded set is a listing like any other: gate, labels, data set.</summary>
    /// <returns>Why it cannot be trained on; null when it can.</returns>
    private static async Task<string?> TakeInAsync(TaskOrchestrationContext context, string modelKey, string upload)
    {
        var asOf = context.CurrentUtcDateTime;
        var listing = await context.CallActivityAsync<PlannedListing>(nameof(LookAtListing), upload, Retries.OfActivities);
        var outcomes = await context.CallSubOrchestratorAsync<ListingOutcome[]>(
            nameof(ListingsOrchestrator),
            new ListingsInput(context.InstanceId, [listing], AtOnce: 1, DeadlineUtc: null),
            new SubOrchestrationOptions(instanceId: InstanceIds.Chunk(context.InstanceId, "listings", 0)));
        if (outcomes[0].Status != ListingStatus.Labelled)
        {
            return outcomes[0].Reason ?? $"none of the {outcomes[0].Rejected} photos of {upload} passed the gate";
        }

        await context.CallActivityAsync<AssembledDataset>(nameof(AssembleDataset), new AssembleDatasetInput(modelKey, outcomes, [], asOf), Retries.OfActivities);
        return null;
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
