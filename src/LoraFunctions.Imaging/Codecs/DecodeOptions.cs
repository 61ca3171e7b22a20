namespace LoraFunctions.Imaging.Codecs;

/// <summary>Limits that are checked on the file's own structure, before anything is allocated for its pixels.</summary>
public sealed record DecodeOptions
{
    /// <summary>40 MiB: a 50-megapixel JPEG at the best quality stays below it.</summary>
    public const int DefaultMaxBytes = 40 * 1024 * 1024;

    /// <summary>64 million pixels: phones make up to 50; the most greedy kind, a progressive JPEG, takes 12 bytes a pixel while it is decoded.</summary>
    public const int DefaultMaxPixels = 64_000_000;

    /// <summary>Four bytes a pixel must fit into what the image library may allocate at once, 1 GiB.</summary>
    public const int GreatestMaxPixels = 256 * 1024 * 1024;

    public static DecodeOptions Default { get; } = new();

    /// <summary>The longest file that is looked at, in bytes.</summary>
    public int MaxBytes { get; init; } = DefaultMaxBytes;

    /// <summary>The largest picture that is decoded, width x height; at most <see cref="GreatestMaxPixels"/>.</summary>
    public int MaxPixels { get; init; } = DefaultMaxPixels;
}
