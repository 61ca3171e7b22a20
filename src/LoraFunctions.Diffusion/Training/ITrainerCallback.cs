using LoraFunctions.Diffusion.Lora;

namespace LoraFunctions.Diffusion.Training;

/// <summary>
/// Told what happens, on the training thread; training waits until it returns, throwing stops it. After a resume everything since the
/// checkpoint is told again, so what is kept per step must be keyed by the step.
/// </summary>
public interface ITrainerCallback
{
    /// <summary>Training begins or goes on, with so many steps already taken.</summary>
    /// <param name="isFinished">It had ended before; nothing is left to train.</param>
    void OnTrainBegin(long step, bool isFinished)
    {
    }

    void OnStepEnd(TrainingStep step)
    {
    }

    /// <summary>While it is told, no adapter is attached to the base model, so it can render samples.</summary>
    void OnEpochEnd(TrainingEpoch epoch)
    {
    }

    void OnEvaluate(TrainingValidation validation, bool isBest)
    {
    }

    /// <summary>The checkpoint has its final name; it and the one before it are kept.</summary>
    void OnSave(string path, long step)
    {
    }

    /// <param name="outcome">Where the training stands after it.</param>
    void OnDecision(TrainingDecision decision, TrainingOutcome outcome)
    {
    }
}

/// <summary>One optimizer step.</summary>
/// <param name="Step">Optimizer steps taken, this one counted.</param>
/// <param name="TotalSteps">Of the whole training if nothing stops it.</param>
/// <param name="Epoch">Counted from 1; the one this step's last batch belongs to.</param>
/// <param name="Loss">Mean over the step's pictures, before the update.</param>
/// <param name="LearningRate">The UNet's, with the scheduler's factor.</param>
/// <param name="GradientNorm">Before clipping.</param>
public sealed record TrainingStep(long Step, long TotalSteps, int Epoch, double Loss, double LearningRate, double GradientNorm);

/// <summary>The end of an epoch.</summary>
/// <param name="Epoch">Epochs finished.</param>
/// <param name="EpochsBefore">Epochs finished a step earlier: one less, or several where a step takes more than an epoch's batches.</param>
/// <param name="MeanLoss">Over the epoch's steps.</param>
/// <param name="Snapshot">Makes a copy of the weights as they are now, fp32; the caller disposes it.</param>
/// <param name="IsAgain">Training goes on from the end of this epoch: what an earlier attempt made of it may be there already.</param>
public sealed record TrainingEpoch(
    int Epoch, int EpochsBefore, int TotalEpochs, long Step, double MeanLoss, Func<LoraWeights> Snapshot, bool IsAgain = false)
{
    /// <summary>Whether what is done once in so many epochs is done now.</summary>
    public bool IsDue(int everyEpochs) => Epoch / everyEpochs > EpochsBefore / everyEpochs;
}

/// <summary>What a person wants of a running training, as it stands: saying the same again changes nothing.</summary>
/// <param name="Stop">End after the last finished step and keep the result.</param>
/// <param name="LearningRate">The UNet's new learning rate, before the scheduler's factor; the text encoder's changes in proportion. Null: as configured, or as said before.</param>
/// <param name="By">Who says so, for the log.</param>
/// <param name="IsGoOn">Somebody has looked and says that it shall go on: changes nothing, and is taken down as a decision.</param>
/// <exception cref="ArgumentOutOfRangeException">The learning rate is no finite number above 0.</exception>
public sealed record TrainingControl(bool Stop = false, double? LearningRate = null, string By = "someone", bool IsGoOn = false)
{
    public static TrainingControl Continue { get; } = new();

    public double? LearningRate { get; init; } = LearningRate is null or (> 0 and < double.PositiveInfinity)
        ? LearningRate
        : throw new ArgumentOutOfRangeException(nameof(LearningRate), LearningRate, "A learning rate must be a finite number above 0.");
}
