using LoraFunctions.Pipeline.Orchestration;
using LoraFunctions.Pipeline.Training;
using Microsoft.DurableTask;

namespace LoraFunctions.Pipeline.Night;

/// <summary>
/// Tonight's trainings, only so many on the queue at once. One that would not end in the time that trainings have is not begun: rendering what
/// there is comes first, and the next night takes it up.
/// </summary>
internal sealed class NightTrainings(TaskOrchestrationContext context, NightInput input, DateTime asOf)
{
    private readonly Turns _turns = new(input.Settings.MaxTrainingsAtOnce);

    /// <summary>How long one is expected to take: the longest of this night, before the first the options' word.</summary>
    private TimeSpan _longest;

    public Task<CarModelOutcome> RunAsync(string modelKey, TrainingDecision decision) =>
        decision.Job is null ? TrainAsync(modelKey, decision) : _turns.RunAsync(() => TrainAsync(modelKey, decision));

    private async Task<CarModelOutcome> TrainAsync(string modelKey, TrainingDecision decision)
    {
        var expected = _longest > TimeSpan.Zero ? _longest : input.Settings.TrainingTime;

        // One that does not fit is still asked for its result: a night that is started again tells of what is done.
        var now = context.CurrentUtcDateTime;
        var deadline = input.TrainingsEndUtc is { } end && now + expected > end ? now : input.TrainingsEndUtc;
        var (outcome, took) = await TrainingOrchestrator.TrainAsync(
            context,
            new TrainingRequest(modelKey, input.Date, IdempotencyKey: ""),
            decision,
            InstanceIds.CarModel(context.InstanceId, modelKey),
            asOf,
            deadline);
        _longest = took > _longest ? took : _longest;
        return outcome;
    }
}
