using LoraFunctions.Diffusion.Training;
using LoraFunctions.Jobs.Training.Log;
using Microsoft.Extensions.Logging;

namespace LoraFunctions.Jobs.Training;

/// <summary>Takes down what the trainer tells: the step log beside the checkpoints, progress, decisions.</summary>
internal sealed class TrainingReporter(
    TrainingPlan plan,
    StepLog log,
    TrainingSamples samples,
    IProgress<JobProgress>? progress,
    ILogger logger
) : ITrainerCallback
{
    public const string Stage = "training";

    public static string LogName(string model) => $"log-{model}.csv";

    public void OnTrainBegin(long step, bool isFinished)
    {
        log.StartAfter(step);
        if (isFinished)
        {
            TrainingEvents.FinishedBefore(logger, plan.Name, step, plan.CheckpointsFolder);
        }
        else if (step > 0)
        {
            TrainingEvents.Resumed(logger, plan.Name, step);
        }
    }

    public void OnStepEnd(TrainingStep step)
    {
        log.Add(new StepRow((int)step.Step, step.Epoch, step.Loss, step.LearningRate, step.GradientNorm));
        progress?.Report(new JobProgress(Stage, (int)step.Step, (int)step.TotalSteps, step.Loss));
    }

    public void OnEpochEnd(TrainingEpoch epoch)
    {
        if (samples.Render(epoch, progress) is { } sheet)
        {
            TrainingEvents.Sampled(logger, plan.Name, epoch.Epoch, sheet);
        }
    }

    public void OnEvaluate(TrainingValidation validation, bool isBest)
    {
        log.Events?.AddValidation(validation.Step, validation.Loss);
        TrainingEvents.Validated(logger, plan.Name, validation.Epoch, validation.Step, validation.Loss, isBest ? ", the best so far" : "");
    }

    public void OnSave(string path, long step)
    {
        // Log and samples first: rows beyond a checkpoint are dropped on resuming, missing ones would be missing for good.
        string[] files = [LogName(plan.Name), .. samples.Files, Path.GetFileName(path)];
        plan.Request.Observer?.CheckpointSaved(plan.CheckpointsFolder, files, (int)step);
    }

    public void OnDecision(TrainingDecision decision, TrainingOutcome outcome)
    {
        // What ends the training with an error is told by it.
        if (outcome != TrainingOutcome.Diverged)
        {
            TrainingEvents.Decided(logger, plan.Name, decision.Step, decision.By, decision.What);
        }
    }
}

/// <summary>What training logs; ids 3000 to 3099.</summary>
internal static partial class TrainingEvents
{
    [LoggerMessage(EventId = 3000, Level = LogLevel.Information, Message = "Training of {Model} goes on after step {Step}.")]
    public static partial void Resumed(ILogger logger, string model, long step);

    [LoggerMessage(
        EventId = 3006,
        Level = LogLevel.Information,
        Message = "Training of {Model} ended at step {Step} before: nothing is left to train. To train anew, move {Folder} away.")]
    public static partial void FinishedBefore(ILogger logger, string model, long step, string folder);

    [LoggerMessage(
        EventId = 3001,
        Level = LogLevel.Information,
        Message = "{Model}: validation loss {Loss:0.0000} after epoch {Epoch}, step {Step}{IsBest}.")]
    public static partial void Validated(ILogger logger, string model, int epoch, long step, double loss, string isBest);

    [LoggerMessage(EventId = 3002, Level = LogLevel.Warning, Message = "{Model}, step {Step}: {By}: {What}.")]
    public static partial void Decided(ILogger logger, string model, long step, string by, string what);

    [LoggerMessage(EventId = 3003, Level = LogLevel.Warning, Message = "{Problem}")]
    public static partial void ControlIgnored(ILogger logger, string problem);

    [LoggerMessage(
        EventId = 3004,
        Level = LogLevel.Warning,
        Message = "{Model}: {Count} captions are longer than the text encoder takes and are cut, the first of {FileName}.")]
    public static partial void CaptionsCut(ILogger logger, string model, int count, string fileName);

    [LoggerMessage(
        EventId = 3005,
        Level = LogLevel.Information,
        Message = "{Model}: sample pictures of epoch {Epoch}: {Path}")]
    public static partial void Sampled(ILogger logger, string model, int epoch, string path);
}
