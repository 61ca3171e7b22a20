using System.Buffers.Binary;

namespace LoraFunctions.Imaging.Codecs;

/// <summary>The formats that are read, told by the file's first bytes, never by its name.</summary>
internal enum PictureFormat
{
    Jpeg,
    Png,
    WebP,
    Bmp,
    Gif,
    Tiff,
}

/// <summary>A file whose structure is whole and within the limits.</summary>
/// <param name="Width">As stored, before it is turned upright.</param>
/// <param name="Height">As stored, before it is turned upright.</param>
/// <param name="Orientation">EXIF 2.32, tag 0x0112: 1 (upright) to 8.</param>
/// <param name="Core">
/// The same picture without anything but its pixels: comments, previews, profiles and further pictures never reach the
/// image library, in whose history they were where most of the faults lay.
/// </param>
internal sealed record CheckedFile(PictureFormat Format, int Width, int Height, int Orientation, byte[] Core);

/// <summary>
/// Walks a file's own structure before a library sees it. Image libraries forgive a file that stops early and fill the
/// rest with grey; a photo that is half grey must not be trained on.
/// </summary>
internal static class FileStructure
{
    private const string ConvertIt = "which is not read; convert it to JPEG or PNG";

    /// <exception cref="UnreadableImageException">No picture, not whole, of a kind that is not read, or beyond the limits.</exception>
    public static CheckedFile Check(byte[] file, DecodeOptions options)
    {
        if (file.Length == 0)
        {
            throw new UnreadableImageException(UnreadableReason.Empty, "the file is empty");
        }

        if (file.Length > options.MaxBytes)
        {
            throw new UnreadableImageException(
                UnreadableReason.TooManyBytes,
                $"the file has {file.Length} bytes, at most {options.MaxBytes} are read; save it smaller");
        }

        var format = Recognise(file);
        var limit = Math.Min(options.MaxPixels, DecodeOptions.GreatestMaxPixels);
        void CheckSize(long width, long height)
        {
            if (width < 1 || height < 1)
            {
                throw Damaged(format, $"its header says {width}x{height} pixels");
            }

            if (width > int.MaxValue || height > int.MaxValue || width * height > limit)
            {
                throw new UnreadableImageException(
                    UnreadableReason.TooManyPixels,
                    $"it says it is {width}x{height} = {(Int128)width * height} pixels, at most {limit} are decoded; save it smaller");
            }
        }

        try
        {
            return format switch
            {
                PictureFormat.Jpeg => JpegStructure.Check(file, CheckSize),
                PictureFormat.Png => PngStructure.Check(file, CheckSize),
                PictureFormat.WebP => WebPStructure.Check(file, CheckSize),
                PictureFormat.Bmp => BmpStructure.Check(file, CheckSize),
                PictureFormat.Gif => GifStructure.Check(file, CheckSize),
                _ => TiffStructure.Check(file, CheckSize),
            };
        }
        catch (Exception e) when (e is ArgumentOutOfRangeException or IndexOutOfRangeException)
        {
            // A length field led out of the file.
            throw Truncated(format, $"after {file.Length} bytes a part of it has not come", e);
        }
    }

    public static string Name(PictureFormat format) => format switch
    {
        PictureFormat.Jpeg => "JPEG",
        PictureFormat.Png => "PNG",
        PictureFormat.WebP => "WebP",
        PictureFormat.Bmp => "BMP",
        PictureFormat.Gif => "GIF",
        _ => "TIFF",
    };

    public static UnreadableImageException Truncated(PictureFormat format, string what, Exception? inner = null) =>
        new(UnreadableReason.Truncated, $"the {Name(format)} data ends early: {what}; upload it again", inner);

    public static UnreadableImageException Damaged(PictureFormat format, string what, Exception? inner = null) =>
        new(UnreadableReason.Damaged, $"the {Name(format)} data is damaged: {what}; upload it again", inner);

    public static UnreadableImageException Unsupported(string what) => new(UnreadableReason.Unsupported, $"it is {what}, {ConvertIt}");

    private static PictureFormat Recognise(ReadOnlySpan<byte> file)
    {
        if (file.StartsWith((ReadOnlySpan<byte>)[0xFF, 0xD8, 0xFF]))
        {
            return PictureFormat.Jpeg;
        }

        if (file.StartsWith(PngStructure.Signature))
        {
            return PictureFormat.Png;
        }

        if (file.Length >= 12 && file.StartsWith("RIFF"u8) && file[8..].StartsWith("WEBP"u8))
        {
            return PictureFormat.WebP;
        }

        if (file.StartsWith("BM"u8))
        {
            return PictureFormat.Bmp;
        }

        if (file.StartsWith("GIF87a"u8) || file.StartsWith("GIF89a"u8))
        {
            return PictureFormat.Gif;
        }

        if (file.StartsWith("II*\0"u8) || file.StartsWith("MM\0*"u8))
        {
            return PictureFormat.Tiff;
        }

        throw Other(file) is { } other
            ? Unsupported(other)
            : new UnreadableImageException(
                UnreadableReason.UnknownFormat,
                "its content is neither JPEG, PNG, WebP, BMP, GIF nor TIFF, whatever its name says");
    }

    // ISO/IEC 14496-12: box size, "ftyp", brand. HEIC, AVIF and videos share the container.
    private static string? Other(ReadOnlySpan<byte> file)
    {
        if (file.Length >= 12 && file[4..].StartsWith("ftyp"u8))
        {
            var brand = file.Slice(8, 4);
            return brand.StartsWith("avi"u8) ? "an AVIF picture"
                : brand.StartsWith("he"u8) || brand.StartsWith("mif1"u8) || brand.StartsWith("msf1"u8) ? "a HEIC picture"
                : "a video or a picture in a video's container";
        }

        return file.StartsWith((ReadOnlySpan<byte>)[0xFF, 0x0A]) || (file.Length >= 8 && file[4..].StartsWith("JXL "u8)) ? "a JPEG XL picture"
            : file.Length >= 8 && file[4..].StartsWith("jP  "u8) ? "a JPEG 2000 picture"
            : file.StartsWith("8BPS"u8) ? "a Photoshop file"
            : file.StartsWith("%PDF"u8) ? "a PDF"
            : file.StartsWith("II+\0"u8) || file.StartsWith("MM\0+"u8) ? "a BigTIFF picture"
            : null;
    }
}
