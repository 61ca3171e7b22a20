namespace LoraFunctions.Jobs.Rendering;

/// <summary>Render one pair of car models in one scene, a picture a seed.</summary>
public sealed record RenderingRequest
{
    /// <summary>A single file or a diffusers folder.</summary>
    public required string BaseModel { get; init; }

    public required ComparedCar Left { get; init; }

    public required ComparedCar Right { get; init; }

    public required ComparisonTemplate Template { get; init; }

    /// <summary>Null: pictures are taken as they come.</summary>
    public Judging? Judging { get; init; }

    /// <summary>The scene's name: pictures are called <c>{scene}-{seed}</c> and the template's format.</summary>
    public required string Scene { get; init; }

    public required IReadOnlyList<long> Seeds { get; init; }

    /// <summary>Made when missing.</summary>
    public required string OutputFolder { get; init; }
}
