namespace LoraFunctions.Diffusion.Training;

/// <summary>Reads and writes the checkpoints of all models of a pass: one file holds them all, so they always go on from the same step.</summary>
internal sealed class CheckpointKeeper(
    string? folder, TimeSpan interval, IReadOnlyList<TrainedModel> models, ILoraTrainerObserver? observer, TimeProvider time, Func<string, Stream>? createFile)
{
    private string? _savedState;
    private long _savedAt = time.GetTimestamp();

    /// <summary>The last checkpoint is as old as it may get.</summary>
    public bool IsOverdue => time.GetElapsedTime(_savedAt) >= interval;

    /// <summary>For messages: where to go on from, with a space before it; empty without checkpoints.</summary>
    public string Last => folder is not null && TrainingCheckpoint.Newest(folder) is { } newest
        ? $" The last good checkpoint is {newest.Path} (step {newest.Step})."
        : string.Empty;

    /// <summary>Fills models and progress from the newest whole checkpoint.</summary>
    /// <returns>Steps taken; 0 where there is none.</returns>
    public long Resume()
    {
        if (folder is null)
        {
            return 0;
        }

        TrainingState? state = null;
        var found = TrainingCheckpoint.Resume(
            folder,
            json =>
            {
                state = TrainingState.Parse(json);
                state.CheckBelongsTo([.. models.Select(m => m.Run)], folder);
                return state.Models.Zip(models).SelectMany(m => m.Second.Tensors(withBest: m.First.Best() is not null)).ToDictionary();
            },
            (path, reason) => observer?.Decided(
                new TrainingDecision(
                    string.Join(", ", models.Select(m => m.Run.Name)), 0, TrainingDecision.Trainer, $"set aside the damaged checkpoint {path}: {reason}", time.GetUtcNow()),
                TrainingOutcome.Running));
        if (found is null)
        {
            return 0;
        }

        foreach (var (model, progress) in models.Zip(state!.Models))
        {
            // Given more epochs, it is not at its end.
            model.Progress = progress with
            {
                Options = model.Progress.Options,
                Outcome = progress.Outcome == TrainingOutcome.Completed && progress.Steps < model.TotalSteps ? TrainingOutcome.Running : progress.Outcome,
            };
        }

        _savedState = found.State;
        return state.Step;
    }

    /// <summary>
    /// Writes a checkpoint unless the last one says the same. Where every model has diverged, none is written: what they were before is
    /// saved already, and is what can be gone on from.
    /// </summary>
    public void Save(long step)
    {
        if (models.All(m => m.HasDiverged))
        {
            return;
        }

        var state = new TrainingState(step, [.. models.Select(m => m.Progress)]).ToJson();
        if (folder is null || state == _savedState || (step == 0 && _savedState is null))
        {
            return;
        }

        var tensors = models.SelectMany(m => m.Tensors(withBest: m.Progress.Best() is not null)).ToDictionary();
        var path = TrainingCheckpoint.Save(folder, step, state, tensors, createFile);
        (_savedState, _savedAt) = (state, time.GetTimestamp());
        observer?.CheckpointSaved(path, step);
    }
}
