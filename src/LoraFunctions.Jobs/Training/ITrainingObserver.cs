namespace LoraFunctions.Jobs.Training;

/// <summary>Called on the training thread; training waits until it returns.</summary>
public interface ITrainingObserver
{
    /// <summary>
    /// The checkpoint has its final name. To resume elsewhere, copy <paramref name="files"/> (names relative to the checkpoints folder) in
    /// their order; what else was copied before may go. Throwing stops the training.
    /// </summary>
    void CheckpointSaved(string folder, IReadOnlyList<string> files, int step);
}
