using LoraFunctions.Diffusion.Training;

namespace LoraFunctions.Diffusion.Tests.Training;

internal sealed class Recorder : ILoraTrainerObserver
{
    public List<TrainingStep> Steps { get; } = [];

    public List<(string Path, long Step)> Checkpoints { get; } = [];

    public List<TrainingDecision> Decisions { get; } = [];

    public long StartedAt { get; private set; } = -1;

    public long Best { get; private set; } = -1;

    public Action<TrainingStep>? OnStep { get; init; }

    public Action<TrainingMoment>? OnEpoch { get; init; }

    public Action<long>? OnCheckpoint { get; init; }

    public void Started(long step, bool isFinished) => StartedAt = step;

    public void StepDone(TrainingStep step)
    {
        Steps.Add(step);
        OnStep?.Invoke(step);
    }

    public void EpochDone(TrainingMoment moment) => OnEpoch?.Invoke(moment);

    public void Validated(string model, TrainingValidation validation, bool isBest) => Best = isBest ? validation.Step : Best;

    public void CheckpointSaved(string path, long step)
    {
        Checkpoints.Add((path, step));
        OnCheckpoint?.Invoke(step);
    }

    public void Decided(TrainingDecision decision, TrainingOutcome outcome) => Decisions.Add(decision);
}
