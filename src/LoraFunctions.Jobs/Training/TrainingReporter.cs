using LoraFunctions.Diffusion.Training;
using LoraFunctions.Jobs.Training.Log;
using Microsoft.Extensions.Logging;

namespace LoraFunctions.Jobs.Training;

/// <summary>Takes down what the trainer tells: step logs beside the checkpoints, progress, decisions.</summary>
/// <param name="plans">The models.</param>
/// <param name="logs">One a model, by its name.</param>
internal sealed class TrainingReporter(
    string checkpointsFolder,
    IReadOnlyList<TrainingPlan> plans,
    IReadOnlyDictionary<string, StepLog> logs,
    TrainingSamples samples,
    IReadOnlyList<ITrainingObserver> observers,
    IProgress<JobProgress>? progress,
    ILogger logger
) : ILoraTrainerObserver
{
    public static string LogName(string model) => $"log-{model}.csv";

    public void Started(long step, bool isFinished)
    {
        foreach (var log in logs.Values)
        {
            log.StartAfter(step);
        }

        if (isFinished)
        {
            TrainingEvents.FinishedBefore(logger, string.Join(", ", logs.Keys), step, checkpointsFolder);
        }
        else if (step > 0)
        {
            TrainingEvents.Resumed(logger, string.Join(", ", logs.Keys), step);
        }
    }

    public void StepDone(TrainingStep step)
    {
        logs[step.Model].Add(new StepRow((int)step.Step, step.Epoch, step.Loss, step.LearningRate, step.GradientNorm));
        progress?.Report(
            new JobProgress(logs.Count == 1 ? "training" : $"training {step.Model}", (int)step.Step, (int)step.TotalSteps, step.Loss));
    }

    public void EpochDone(TrainingMoment moment)
    {
        if (samples.EpochDone(plans.Single(p => p.Name == moment.Model), moment, progress) is { } sheet)
        {
            TrainingEvents.Sampled(logger, moment.Model, moment.Epoch, sheet);
        }
    }

    public void Validated(string model, TrainingValidation validation, bool isBest)
    {
        logs[model].Events?.AddValidation(validation.Step, validation.Loss);
        TrainingEvents.Validated(logger, model, validation.Epoch, validation.Step, validation.Loss, isBest ? ", the best so far" : "");
    }

    public void CheckpointSaved(string path, long step)
    {
        // Logs and samples first: rows beyond a checkpoint are dropped on resuming, missing ones would be missing for good.
        string[] files = [.. logs.Keys.Order(StringComparer.Ordinal).Select(LogName), .. samples.Files, Path.GetFileName(path)];
        foreach (var observer in observers)
        {
            observer.CheckpointSaved(checkpointsFolder, files, (int)step);
        }
    }

    public void Decided(TrainingDecision decision, TrainingOutcome outcome)
    {
        // The only model's ends the training, and is told by the error.
        if (outcome != TrainingOutcome.Diverged || plans.Count > 1)
        {
            TrainingEvents.Decided(logger, decision.Model, decision.Step, decision.By, decision.What);
        }
    }
}
