using LoraFunctions.Pipeline.Comparisons;
using LoraFunctions.Pipeline.Jobs;
using LoraFunctions.Pipeline.Orchestration;
using LoraFunctions.Pipeline.Training;
using Microsoft.DurableTask;

namespace LoraFunctions.Pipeline.Night;

/// <summary>Input of <see cref="TrainAndRenderOrchestrator"/>.</summary>
/// <param name="Instance">The night's.</param>
/// <param name="AsOf">When the night began.</param>
/// <param name="Longest">The longest training of this night so far; zero before the first.</param>
/// <param name="Trainings">Each with a job.</param>
/// <param name="Pairs">Each has both its LoRAs, but for those that these trainings make.</param>
public sealed record TrainAndRenderInput(
    NightInput Night,
    string Instance,
    DateTime AsOf,
    TimeSpan Longest,
    IReadOnlyList<PreparedTraining> Trainings,
    IReadOnlyList<ChosenPair> Pairs);

/// <summary>Result of <see cref="TrainAndRenderOrchestrator"/>.</summary>
/// <param name="Models">In the order of the trainings.</param>
/// <param name="Comparisons">In the order of the pairs and their scenes.</param>
public sealed record TrainedAndRendered(IReadOnlyList<CarModelOutcome> Models, IReadOnlyList<ComparisonOutcome> Comparisons, TimeSpan Longest);

/// <summary>
/// Some of the night's trainings, only so many on the queue at once, and the pairs that wait for them: each is rendered as soon as both its LoRAs
/// are there. A training that would not end in the time that trainings have is not begun: rendering what there is comes first, and the next
/// night takes it up.
/// </summary>
public sealed class TrainAndRenderOrchestrator : TaskOrchestrator<TrainAndRenderInput, TrainedAndRendered>
{
    public override async Task<TrainedAndRendered> RunAsync(TaskOrchestrationContext context, TrainAndRenderInput input)
    {
        var longest = input.Longest;
        var training = new Turns(input.Night.Settings.MaxTrainingsAtOnce);
        var trained = input.Trainings.ToDictionary(due => due.ModelKey, due => training.RunAsync(() => TrainAsync(due)));
        var rendering = new Turns(input.Night.Settings.MaxComparisonsAtOnce);
        var rendered = await Task.WhenAll(input.Pairs.Select(pair => RenderAsync(context, input, pair, trained, rendering)));
        var models = await Task.WhenAll(input.Trainings.Select(due => trained[due.ModelKey]));
        return new TrainedAndRendered(models, [.. rendered.SelectMany(outcomes => outcomes)], longest);

        async Task<CarModelOutcome> TrainAsync(PreparedTraining due)
        {
            // One that does not fit is still asked for its result: a night that is started again tells of what is done.
            var expected = longest > TimeSpan.Zero ? longest : input.Night.Settings.TrainingTime;
            var now = context.CurrentUtcDateTime;
            var deadline = input.Night.TrainingsEndUtc is { } end && now + expected > end ? now : input.Night.TrainingsEndUtc;
            var (outcome, took) = await TrainingOrchestrator.TrainAsync(
                context,
                due,
                due.Job!,
                InstanceIds.CarModel(input.Instance, due.ModelKey),
                input.Night.Date,
                input.AsOf,
                deadline);
            longest = took > longest ? took : longest;
            return outcome;
        }
    }

    /// <summary>Every scene of a pair, once the trainings of both its sides have ended, however they did: an earlier LoRA is better than none.</summary>
    private static async Task<IReadOnlyList<ComparisonOutcome>> RenderAsync(
        TaskOrchestrationContext context,
        TrainAndRenderInput input,
        ChosenPair pair,
        Dictionary<string, Task<CarModelOutcome>> trained,
        Turns turns)
    {
        await Task.WhenAll(new[] { pair.Left, pair.Right }.Where(trained.ContainsKey).Select(side => trained[side]));
        try
        {
            var prepared = await turns.RunAsync(() =>
                context.CallActivityAsync<IReadOnlyList<PreparedComparison>>(nameof(PrepareRenderJobs), pair, Retries.OfActivities));
            return await Task.WhenAll(prepared.Select(scene => turns.RunAsync(() => ComparisonOrchestrator.RenderAsync(context, input.Instance, pair, scene, input.Night.DeadlineUtc))));
        }
        catch (TaskFailedException e)
        {
            return [ComparisonOutcome.NotAskedFor(pair, e.Reason())];
        }
    }
}
