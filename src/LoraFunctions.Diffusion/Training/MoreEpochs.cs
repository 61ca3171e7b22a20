namespace LoraFunctions.Diffusion.Training;

/// <summary>
/// Whether a training that is given more epochs than its checkpoint was made with can go on from there and come to what it would have come
/// to with them from the start, bit for bit.
/// </summary>
internal static class MoreEpochs
{
    /// <param name="step">Of the checkpoint; a model that ended before the others has taken fewer.</param>
    /// <param name="before">The options it was made with, the same as the run's but for fewer epochs.</param>
    /// <returns>Why not; null: it can.</returns>
    public static string? Obstacle(ModelProgress saved, long step, LoraTrainingOptions before, LoraTrainingRun run)
    {
        var isCompleted = saved.Outcome == TrainingOutcome.Completed;
        var batches = (long)BatchPlan.Of(run).BatchesPerEpoch * before.Epochs;
        return run.Options.Scheduler != LearningRateScheduler.Constant ? "its learning rate goes down over all epochs"
            : saved.Outcome == TrainingOutcome.StoppedEarly ? "it was stopped early"
            : saved.Outcome == TrainingOutcome.StoppedByPerson ? "a person stopped it"
            : saved.Outcome == TrainingOutcome.Diverged ? "a loss was not finite"
            : isCompleted && saved.Steps != step ? "the models trained with it have gone on without it"
            : isCompleted && batches % run.Options.GradientAccumulation != 0 ? "its last step had fewer batches than the others"
            : isCompleted && saved.Validations.Count > 0 && before.Epochs % before.Validation!.EveryEpochs != 0 ? "its last validation was there only because it ended"
            : WouldHaveStopped(saved.Validations, run.Options) ? "it would have been stopped early, for the patience grows with the epochs"
            : null;
    }

    private static bool WouldHaveStopped(IReadOnlyList<TrainingValidation> validations, LoraTrainingOptions options) =>
        options.Validation is { } validation
        && Enumerable.Range(1, validations.Count).Any(n => EarlyStopping.Reason([.. validations.Take(n)], validation, options.Epochs) is not null);
}
