namespace LoraFunctions.Imaging.Codecs;

/// <summary>Limits that are checked before any pixel is decoded, and the size that is wanted.</summary>
public sealed record DecodeOptions
{
    /// <summary>40 MiB: a 50-megapixel JPEG at the best quality stays below it.</summary>
    public const int DefaultMaxBytes = 40 * 1024 * 1024;

    /// <summary>64 million pixels: phones make up to 50; decoding takes 7 bytes a pixel, so this many take 450 MB.</summary>
    public const int DefaultMaxPixels = 64_000_000;

    /// <summary>Four bytes a pixel must fit into one array.</summary>
    public const int GreatestMaxPixels = 500_000_000;

    public static DecodeOptions Default { get; } = new();

    /// <summary>The longest file that is looked at, in bytes.</summary>
    public int MaxBytes { get; init; } = DefaultMaxBytes;

    /// <summary>The largest picture that is decoded, width x height; at most <see cref="GreatestMaxPixels"/>.</summary>
    public int MaxPixels { get; init; } = DefaultMaxPixels;

    /// <summary>
    /// When set, the decoder may give a smaller picture of the same proportions whose shorter side is at least this many
    /// pixels: JPEG then decodes two to three times faster. What the format cannot do comes at its full size, so the
    /// caller resizes either way.
    /// </summary>
    public int? MinShorterSide { get; init; }
}
