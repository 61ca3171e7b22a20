namespace LoraFunctions.Diffusion.Training;

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
