using LoraFunctions.Imaging.Marking;
using LoraFunctions.Imaging.Pixels;

namespace LoraFunctions.Imaging.Sheets;

/// <summary>One picture of a sheet and the line below it; an empty caption leaves the line blank.</summary>
public sealed record ContactSheetTile(RgbImage Picture, string Caption);

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

/// <summary>Many pictures with captions on one: samples of a training, photos of a data set, scenes of a pair.</summary>
public static class ContactSheet
{
    private const string Ellipsis = "...";

    private static readonly (byte R, byte G, byte B) Paper = (250, 250, 250);
    private static readonly (byte R, byte G, byte B) Ink = (30, 30, 30);

    /// <exception cref="ArgumentException">No pictures.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A size of the options is not positive.</exception>
    public static RgbImage Render(IReadOnlyList<ContactSheetTile> tiles, ContactSheetOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(tiles);
        options ??= new ContactSheetOptions();
        Check(tiles, options);

        var columns = Math.Min(options.Columns, tiles.Count);
        var rows = (tiles.Count + columns - 1) / columns;
        var captionHeight = TextMask.Render("", options.CaptionEm).Height;
        var (stepX, stepY) = (options.TileWidth + options.Gap, options.TileHeight + captionHeight + options.Gap);
        var sheet = new RgbImage((columns * stepX) + options.Gap, (rows * stepY) + options.Gap);
        Array.Fill(sheet.Pixels, Paper.R);
        for (var i = 0; i < tiles.Count; i++)
        {
            var (left, top) = (options.Gap + (i % columns * stepX), options.Gap + (i / columns * stepY));
            var picture = Resizer.Fit(tiles[i].Picture, options.TileWidth, options.TileHeight);
            Paste(picture, sheet, left + ((options.TileWidth - picture.Width) / 2), top + ((options.TileHeight - picture.Height) / 2));
            Caption(tiles[i].Caption, options).DrawOn(sheet, left, top + options.TileHeight, Ink);
        }

        return sheet;
    }

    private static void Check(IReadOnlyList<ContactSheetTile> tiles, ContactSheetOptions options)
    {
        if (tiles.Count == 0)
        {
            throw new ArgumentException("A contact sheet takes at least one picture.", nameof(tiles));
        }

        ArgumentOutOfRangeException.ThrowIfLessThan(options.Columns, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(options.TileWidth, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(options.TileHeight, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(options.CaptionEm, 1);
        ArgumentOutOfRangeException.ThrowIfNegative(options.Gap);
    }

    // As much of the caption as fits below its picture.
    private static TextMask Caption(string text, ContactSheetOptions options)
    {
        var mask = TextMask.Render(text, options.CaptionEm);
        for (var length = text.Length - 1; mask.Width > options.TileWidth && length >= 0; length--)
        {
            mask = TextMask.Render(text[..length].TrimEnd() + Ellipsis, options.CaptionEm);
        }

        return mask;
    }

    private static void Paste(RgbImage picture, RgbImage sheet, int left, int top)
    {
        for (var y = 0; y < picture.Height; y++)
        {
            Array.Copy(picture.Pixels, y * picture.Width * 3, sheet.Pixels, (((top + y) * sheet.Width) + left) * 3, picture.Width * 3);
        }
    }
}
