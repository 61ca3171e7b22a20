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

/// <summary>What a comparison's halves are held against.</summary>
/// <param name="Clip">A CLIP folder.</param>
/// <param name="Dino">A DINOv2 folder: a judge that has never seen a word; null: CLIP alone.</param>
/// <param name="Left">Photos of the left car model, best of the view and paint that is asked for.</param>
public sealed record Judging(string Clip, string? Dino, IReadOnlyList<string> Left, IReadOnlyList<string> Right);
