using LoraFunctions.Diffusion.Training;

namespace LoraFunctions.Diffusion.Tests.Training;

internal sealed class Recorder : ITrainerCallback
{
    public List<TrainingStep> Steps { get; } = [];

    public List<(string Path, long Step)> Checkpoints { get; } = [];

    public List<TrainingDecision> Decisions { get; } = [];

    public long StartedAt { get; private set; } = -1;

    public long Best { get; private set; } = -1;

    public Action<TrainingStep>? OnStep { get; init; }

    public Action<TrainingEpoch>? OnEpoch { get; init; }

    public Action<long>? OnCheckpoint { get; init; }

    public void OnTrainBegin(long step, bool isFinished) => StartedAt = step;

    public void OnStepEnd(TrainingStep step)
    {
        Steps.Add(step);
        OnStep?.Invoke(step);
    }

    public void OnEpochEnd(TrainingEpoch epoch) => OnEpoch?.Invoke(epoch);

    public void OnEvaluate(TrainingValidation validation, bool isBest) => Best = isBest ? validation.Step : Best;

    public void OnSave(string path, long step)
    {
        Checkpoints.Add((path, step));
        OnCheckpoint?.Invoke(step);
    }

    public void OnDecision(TrainingDecision decision, TrainingOutcome outcome) => Decisions.Add(decision);
}
