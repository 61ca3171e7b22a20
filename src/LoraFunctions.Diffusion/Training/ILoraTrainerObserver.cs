namespace LoraFunctions.Diffusion.Training;

/// <summary>
/// Told what happens, on the training thread; training waits until it returns, throwing stops it. After a resume everything since the
/// checkpoint is told again, so what is kept per step must be keyed by the step.
/// </summary>
public interface ILoraTrainerObserver
{
    /// <summary>Training begins or goes on, with so many steps already taken.</summary>
    /// <param name="isFinished">Every model had ended before; nothing is left to train.</param>
    void Started(long step, bool isFinished)
    {
    }

    void StepDone(TrainingStep step)
    {
    }

    void EpochDone(TrainingMoment moment)
    {
    }

    void Validated(string model, TrainingValidation validation, bool isBest)
    {
    }

    /// <summary>The file has its final name; it and the one before it are kept.</summary>
    void CheckpointSaved(string path, long step)
    {
    }

    /// <param name="outcome">Where the model stands after it.</param>
    void Decided(TrainingDecision decision, TrainingOutcome outcome)
    {
    }
}
