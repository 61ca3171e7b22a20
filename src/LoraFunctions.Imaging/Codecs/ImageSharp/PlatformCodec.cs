using SixLabors.ImageSharp;
using SixLabors.ImageSharp.Formats;
using SixLabors.ImageSharp.Formats.Jpeg;
using SixLabors.ImageSharp.Formats.Png;
using SixLabors.ImageSharp.Metadata.Profiles.Exif;
using SixLabors.ImageSharp.PixelFormats;

namespace LoraFunctions.Imaging.Codecs;

/// <summary>
/// SixLabors.ImageSharp 3.1 (Six Labors Split License). <see cref="ImageCodec"/> turns its exceptions for bad files into ours.
/// </summary>
internal sealed class PlatformCodec : IImageCodec
{
    private const int FullColourQuality = 90;

    public StoredImage Identify(byte[] encoded)
    {
        var info = Image.Identify(encoded);
        ushort orientation = 1;
        if (info.Metadata.ExifProfile?.TryGetValue(ExifTag.Orientation, out var value) == true)
        {
            orientation = value.Value;
        }

        return new StoredImage(info.Width, info.Height, orientation);
    }

    public RgbaPixels Decode(byte[] encoded, int? minShorterSide)
    {
        using var image = minShorterSide is { } side && FileStructure.Recognise(encoded) == EncodedFormat.Jpeg
            ? DecodeSmallerJpeg(encoded, side)
            : Image.Load<Rgba32>(new DecoderOptions { MaxFrames = 1 }, encoded);
        var pixels = new byte[checked(image.Width * image.Height * 4)];
        image.CopyPixelDataTo(pixels);
        return new RgbaPixels(image.Width, image.Height, pixels);
    }

    public byte[] EncodePng(RgbImage image)
    {
        using var picture = Image.LoadPixelData<Rgb24>(image.Pixels, image.Width, image.Height);
        using var output = new MemoryStream();
        picture.SaveAsPng(output, new PngEncoder
        {
            ColorType = PngColorType.Rgb,
            BitDepth = PngBitDepth.Bit8,
            FilterMethod = PngFilterMethod.Adaptive,
            CompressionLevel = PngCompressionLevel.DefaultCompression,
            SkipMetadata = true,
        });
        return output.ToArray();
    }

    public byte[] EncodeJpeg(RgbImage image, int quality)
    {
        using var picture = Image.LoadPixelData<Rgb24>(image.Pixels, image.Width, image.Height);
        using var output = new MemoryStream();
        picture.SaveAsJpeg(output, new JpegEncoder
        {
            Quality = quality,
            ColorType = quality >= FullColourQuality ? JpegEncodingColor.YCbCrRatio444 : JpegEncodingColor.YCbCrRatio420,
            SkipMetadata = true,
        });
        return output.ToArray();
    }

    // The decoder scales by eighths while it turns frequencies into pixels, and takes the smallest that covers the target.
    private static Image<Rgba32> DecodeSmallerJpeg(byte[] encoded, int minShorterSide)
    {
        var size = Image.Identify(encoded).Size;
        var scale = Math.Min(1, (double)minShorterSide / Math.Min(size.Width, size.Height));
        var target = new Size((int)Math.Ceiling(size.Width * scale), (int)Math.Ceiling(size.Height * scale));
        using var input = new MemoryStream(encoded, writable: false);
        var options = new JpegDecoderOptions
        {
            GeneralOptions = new DecoderOptions { TargetSize = target, MaxFrames = 1 },
            ResizeMode = JpegDecoderResizeMode.IdctOnly,
        };
        return JpegDecoder.Instance.Decode<Rgba32>(options, input);
    }
}
