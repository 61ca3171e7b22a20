using LoraFunctions.Pipeline.Jobs;
using LoraFunctions.Pipeline.Library;
using LoraFunctions.Pipeline.Night;
using LoraFunctions.Pipeline.Orchestration;
using LoraFunctions.Pipeline.Storage;
using Microsoft.DurableTask;

namespace LoraFunctions.Pipeline.Comparisons;

/// <summary>Input of <see cref="ComparisonOrchestrator"/>.</summary>
/// <param name="Id">The pictures are published under it, apart from the nights'.</param>
public sealed record ComparisonInput(string Id, ChosenPair Pair);

/// <summary>Result of <see cref="ComparisonOrchestrator"/>.</summary>
/// <param name="Manifest">Name in <c>asset-library</c>; null when no picture was published.</param>
public sealed record ComparisonsDone(IReadOnlyList<ComparisonOutcome> Scenes, int Pictures, string? Manifest, IReadOnlyList<ReportedProblem> Problems);

/// <summary>A person asks for one pair: rendered with the LoRAs there are now, and published beside the nights.</summary>
public sealed class ComparisonOrchestrator : TaskOrchestrator<ComparisonInput, ComparisonsDone>
{
    public override async Task<ComparisonsDone> RunAsync(TaskOrchestrationContext context, ComparisonInput input)
    {
        ComparisonOutcome[] scenes = [];
        try
        {
            var prepared = await context.CallActivityAsync<IReadOnlyList<PreparedComparison>>(nameof(PrepareRenderJobs), input.Pair, Retries.OfActivities);
            scenes = await Task.WhenAll(prepared.Select(scene => RenderAsync(context, context.InstanceId, input.Pair, scene, deadlineUtc: null)));
            ComparisonOutcome[] ready = [.. scenes.Where(s => s.Status == JobOutcomeStatus.Succeeded)];
            var publish = new PublishNightInput(BlobNames.Requested(input.Id), ready, IsNight: false);
            var published = await context.CallActivityAsync<PublishedNight>(nameof(PublishNight), publish, Retries.OfActivities);
            return new ComparisonsDone(scenes, published.Pictures, published.Manifest?.Name, published.Problems);
        }
        catch (TaskFailedException e)
        {
            return new ComparisonsDone(scenes, 0, null, [new ReportedProblem($"{input.Pair.Left} vs {input.Pair.Right}", e.Reason())]);
        }
    }

    /// <summary>One scene, for the night and for a person alike.</summary>
    /// <param name="instanceId">For whom.</param>
    internal static async Task<ComparisonOutcome> RenderAsync(
        TaskOrchestrationContext context,
        string instanceId,
        ChosenPair pair,
        PreparedComparison scene,
        DateTime? deadlineUtc)
    {
        var (status, reason) = (JobOutcomeStatus.Failed, (string?)null);
        try
        {
            var id = InstanceIds.Comparison(instanceId, pair.Left, pair.Right, scene.Scene);
            (_, status, _, _, reason) = await context.CallSubOrchestratorAsync<JobOutcome>(
                nameof(GpuJobOrchestrator),
                new GpuJobInput(scene.Job, deadlineUtc),
                new SubOrchestrationOptions(instanceId: InstanceIds.GpuJob(id, JobKind.Render)));
        }
        catch (TaskFailedException e)
        {
            reason = e.Reason();
        }

        return new ComparisonOutcome(pair.Left, pair.Right, scene.Scene, scene.Job.JobId, status, reason);
    }
}
