namespace LoraFunctions.Showroom.Listings;

/// <summary>How large the demo is.</summary>
public sealed record DemoListingsOptions
{
    public const int DefaultGoodPhotosPerModel = 30;
    public const int DefaultWidth = 640;
    public const int DefaultHeight = 512;
    public const int DefaultSeed = 7;

    /// <summary>When the cars came on the market; the same for all.</summary>
    public required DateTimeOffset ListedAt { get; init; }

    /// <summary>Photos of each car model that a gate should accept; what is broken comes on top. At least one a listing.</summary>
    public int GoodPhotosPerModel { get; init; } = DefaultGoodPhotosPerModel;

    /// <summary>Of the photos in pixels.</summary>
    public int Width { get; init; } = DefaultWidth;

    public int Height { get; init; } = DefaultHeight;

    public int Seed { get; init; } = DefaultSeed;
}
