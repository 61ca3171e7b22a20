namespace LoraFunctions.Diffusion.Training;

/// <summary>One picture with its caption. The tensors stay the caller's.</summary>
public sealed record TrainingExample
{
    /// <summary>The picture's file name, for messages.</summary>
    public required string Name { get; init; }

    public required string Caption { get; init; }

    public required LatentDistribution Latents { get; init; }

    /// <summary>The mirrored picture's; where given, each time a coin decides. Null (default): never mirrored, cars have text and sides.</summary>
    public LatentDistribution? Mirrored { get; init; }

    /// <summary>Times the picture is seen in an epoch.</summary>
    public int Repeats { get; init; } = 1;
}
