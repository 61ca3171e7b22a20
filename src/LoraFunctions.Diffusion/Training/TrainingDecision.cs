namespace LoraFunctions.Diffusion.Training;

/// <summary>Something that changed the course of a training.</summary>
/// <param name="Model">The run's name.</param>
/// <param name="Step">Optimizer steps taken before it.</param>
/// <param name="By">A person's name, or <c>trainer</c>.</param>
/// <param name="What">For a person, e.g. <c>learning rate 0.0002 -> 0.0001</c>.</param>
public sealed record TrainingDecision(string Model, long Step, string By, string What, DateTimeOffset At)
{
    /// <summary>The name the trainer signs its own decisions with.</summary>
    public const string Trainer = "trainer";

    /// <summary>What somebody decides who says that it shall go on as it is.</summary>
    public const string GoOn = "continue";
}
