namespace LoraFunctions.Imaging.Codecs;

/// <summary>
/// Pictures in and out of files. JPEG, PNG and WebP are read; the image library behind it is chosen at build time
/// (<c>ImageLibrary</c>) and met nowhere else.
/// </summary>
public static class ImageCodec
{
    /// <summary>JPEG quality when none is asked for.</summary>
    public const int DefaultJpegQuality = 90;

    private static readonly IImageCodec Library = new PlatformCodec();

    /// <summary>Reads format and size without decoding a pixel. A truncated file can still have a good header.</summary>
    /// <exception cref="UnreadableImageException">No picture, or beyond the limits of <paramref name="options"/>.</exception>
    public static ImageHeader ReadHeader(byte[] encoded, DecodeOptions? options = null)
    {
        var format = CheckBytes(encoded, options ?? DecodeOptions.Default);
        var stored = Identify(encoded, options ?? DecodeOptions.Default);
        return Orientation.SwapsSides(stored.Orientation)
            ? new ImageHeader(format, stored.Height, stored.Width)
            : new ImageHeader(format, stored.Width, stored.Height);
    }

    /// <summary>Decodes a whole file: upright (EXIF orientation applied), transparency laid on white.</summary>
    /// <exception cref="UnreadableImageException">Not a whole picture, or beyond the limits of <paramref name="options"/>.</exception>
    public static RgbImage Decode(byte[] encoded, DecodeOptions? options = null)
    {
        options ??= DecodeOptions.Default;
        var format = CheckBytes(encoded, options);
        FileStructure.RequireWhole(encoded, format);
        var stored = Identify(encoded, options);
        if (format == EncodedFormat.Png)
        {
            PngData.RequireEveryRow(encoded);
        }

        RgbaPixels pixels;
        try
        {
            pixels = Library.Decode(encoded, options.MinShorterSide);
        }
        catch (Exception e) when (e is not UnreadableImageException)
        {
            throw new UnreadableImageException(UnreadableReason.Damaged, $"the {Name(format)} data is damaged ({e.Message})", e);
        }

        return Orientation.Upright(Flatten(pixels), stored.Orientation);
    }

    /// <summary>Encodes losslessly; the same picture gives the same bytes.</summary>
    public static byte[] EncodePng(RgbImage image) => Library.EncodePng(image);

    /// <param name="quality">1 to 100.</param>
    /// <exception cref="ArgumentOutOfRangeException">The quality is not 1 to 100.</exception>
    public static byte[] EncodeJpeg(RgbImage image, int quality = DefaultJpegQuality)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(quality, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(quality, 100);
        return Library.EncodeJpeg(image, quality);
    }

    internal static string Name(EncodedFormat format) => format switch
    {
        EncodedFormat.Jpeg => "JPEG",
        EncodedFormat.Png => "PNG",
        _ => "WebP",
    };

    private static EncodedFormat CheckBytes(byte[] encoded, DecodeOptions options)
    {
        ArgumentNullException.ThrowIfNull(encoded);
        if (encoded.Length == 0)
        {
            throw new UnreadableImageException(UnreadableReason.Empty, "the file is empty");
        }

        if (encoded.Length > options.MaxBytes)
        {
            throw new UnreadableImageException(
                UnreadableReason.TooManyBytes,
                $"the file has {encoded.Length} bytes, at most {options.MaxBytes} are read; save it smaller");
        }

        return FileStructure.Recognise(encoded) ?? throw new UnreadableImageException(
            UnreadableReason.UnknownFormat,
            "its content is neither JPEG, PNG nor WebP, whatever its name says");
    }

    private static StoredImage Identify(byte[] encoded, DecodeOptions options)
    {
        StoredImage stored;
        try
        {
            stored = Library.Identify(encoded);
        }
        catch (Exception e) when (e is not UnreadableImageException)
        {
            throw new UnreadableImageException(UnreadableReason.Damaged, $"its header is damaged ({e.Message})", e);
        }

        var limit = Math.Min(options.MaxPixels, DecodeOptions.GreatestMaxPixels);
        var pixels = (long)stored.Width * stored.Height;
        return pixels > limit
            ? throw new UnreadableImageException(
                UnreadableReason.TooManyPixels,
                $"it says it is {stored.Width}x{stored.Height} = {pixels} pixels, at most {limit} are decoded; save it smaller")
            : stored;
    }

    private static RgbImage Flatten(RgbaPixels source)
    {
        var result = new RgbImage(source.Width, source.Height);
        var from = source.Bytes;
        var to = result.Pixels;
        for (int s = 0, d = 0; d < to.Length; s += 4, d += 3)
        {
            int alpha = from[s + 3];
            if (alpha == 255)
            {
                to[d] = from[s];
                to[d + 1] = from[s + 1];
                to[d + 2] = from[s + 2];
            }
            else
            {
                var white = (255 - alpha) * 255;
                to[d] = (byte)(((from[s] * alpha) + white + 127) / 255);
                to[d + 1] = (byte)(((from[s + 1] * alpha) + white + 127) / 255);
                to[d + 2] = (byte)(((from[s + 2] * alpha) + white + 127) / 255);
            }
        }

        return result;
    }
}
