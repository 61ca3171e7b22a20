namespace LoraFunctions.Imaging.Sheets;

/// <summary>How a contact sheet is laid out; all sizes in pixels.</summary>
public sealed record ContactSheetOptions
{
    public const int DefaultColumns = 4;
    public const int DefaultTileWidth = 256;
    public const int DefaultTileHeight = 256;
    public const int DefaultCaptionEm = 16;
    public const int DefaultGap = 8;

    /// <summary>Pictures in a row; fewer pictures make a narrower sheet.</summary>
    public int Columns { get; init; } = DefaultColumns;

    /// <summary>Pictures are scaled down into this box, never up, and centred.</summary>
    public int TileWidth { get; init; } = DefaultTileWidth;

    public int TileHeight { get; init; } = DefaultTileHeight;

    /// <summary>Size of the captions' letters.</summary>
    public int CaptionEm { get; init; } = DefaultCaptionEm;

    /// <summary>Between tiles and around all.</summary>
    public int Gap { get; init; } = DefaultGap;
}
