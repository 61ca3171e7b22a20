namespace LoraFunctions.Diffusion.Training;

/// <summary>Reads and writes one training's checkpoints.</summary>
internal sealed class CheckpointKeeper(
    string? folder, TimeSpan interval, LoraTrainingRun run, TrainableLora lora, ITrainerCallback? callback, TimeProvider time, Func<string, Stream>? createFile)
{
    private string? _savedState;
    private long _savedAt = time.GetTimestamp();

    /// <summary>The last checkpoint is as old as it may get.</summary>
    public bool IsOverdue => time.GetElapsedTime(_savedAt) >= interval;

    /// <summary>For messages: where to go on from, with a space before it; empty without checkpoints.</summary>
    public string Last => folder is not null && TrainingCheckpoint.Newest(folder) is { } newest
        ? $" The last good checkpoint is {newest.Path} (step {newest.Step})."
        : string.Empty;

    /// <summary>Fills the weights from the newest whole checkpoint.</summary>
    /// <returns>Its state; a new one where there is none.</returns>
    public TrainingState Resume(long totalSteps)
    {
        var fresh = TrainingState.New(run);
        TrainingState? saved = null;
        var found = folder is null ? null : TrainingCheckpoint.Resume(
            folder,
            json =>
            {
                saved = TrainingState.Parse(json);
                saved.CheckBelongsTo(run, folder);
                return lora.Tensors(run.Name, withBest: saved.Best() is not null);
            },
            (path, reason) => callback?.OnDecision(
                new TrainingDecision(0, TrainingDecision.Trainer, $"set aside the damaged checkpoint {path}: {reason}", time.GetUtcNow()), TrainingOutcome.Running));
        if (found is null)
        {
            return fresh;
        }

        _savedState = found.State;
        return saved! with
        {
            Options = fresh.Options,
            // Given more epochs, it is not at its end.
            Outcome = saved.Outcome == TrainingOutcome.Completed && saved.Steps < totalSteps ? TrainingOutcome.Running : saved.Outcome,
        };
    }

    /// <summary>
    /// Writes a checkpoint unless the last one says the same. Of a training that has diverged none is written: what it was before is saved
    /// already, and is what can be gone on from.
    /// </summary>
    public void Save(TrainingState state)
    {
        var json = state.ToJson();
        if (folder is null || state.HasDiverged || json == _savedState || (state.Steps == 0 && _savedState is null))
        {
            return;
        }

        var path = TrainingCheckpoint.Save(folder, state.Steps, json, lora.Tensors(run.Name, withBest: state.Best() is not null), createFile);
        (_savedState, _savedAt) = (json, time.GetTimestamp());
        callback?.OnSave(path, state.Steps);
    }
}
