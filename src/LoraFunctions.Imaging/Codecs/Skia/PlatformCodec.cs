using SkiaSharp;

namespace LoraFunctions.Imaging.Codecs;

/// <summary>SkiaSharp (MIT).</summary>
internal sealed class PlatformCodec : IImageCodec
{
    private const int FullColourQuality = 90;

    // The default of zlib: smaller levels grow the file, greater ones take twice the time for a per cent.
    private const int DeflateLevel = 6;

    public StoredImage Identify(byte[] encoded)
    {
        using var codec = Open(encoded);
        return new StoredImage(codec.Info.Width, codec.Info.Height, (int)codec.EncodedOrigin);
    }

    public RgbaPixels Decode(byte[] encoded, int? minShorterSide)
    {
        using var codec = Open(encoded);
        var size = SizeFor(codec, minShorterSide);
        var info = new SKImageInfo(size.Width, size.Height, SKColorType.Rgba8888, SKAlphaType.Unpremul);
        var pixels = new byte[checked(size.Width * size.Height * 4)];
        return codec.GetPixels(info, pixels) switch
        {
            SKCodecResult.Success => new RgbaPixels(size.Width, size.Height, pixels),
            SKCodecResult.IncompleteInput => throw new UnreadableImageException(
                UnreadableReason.Truncated,
                "the data ends before the picture is complete"),
            var other => throw new UnreadableImageException(UnreadableReason.Damaged, $"the data is damaged ({other})"),
        };
    }

    public byte[] EncodePng(RgbImage image) => Encode(
        image,
        pixmap => pixmap.Encode(new SKPngEncoderOptions(SKPngEncoderFilterFlags.AllFilters, DeflateLevel)));

    public byte[] EncodeJpeg(RgbImage image, int quality) => Encode(
        image,
        pixmap => pixmap.Encode(new SKJpegEncoderOptions(
            quality,
            quality >= FullColourQuality ? SKJpegEncoderDownsample.Downsample444 : SKJpegEncoderDownsample.Downsample420,
            SKJpegEncoderAlphaOption.Ignore)));

    private static SKCodec Open(byte[] encoded)
    {
        using var data = SKData.CreateCopy(encoded); // the codec keeps its own reference
        return SKCodec.Create(data) ?? throw new UnreadableImageException(UnreadableReason.Damaged, "its header is damaged");
    }

    // JPEG decodes at any eighth; the others answer with the full size.
    private static SKSizeI SizeFor(SKCodec codec, int? minShorterSide)
    {
        var full = new SKSizeI(codec.Info.Width, codec.Info.Height);
        if (minShorterSide is null || codec.EncodedFormat != SKEncodedImageFormat.Jpeg)
        {
            return full;
        }

        for (var eighths = 1; eighths < 8; eighths++)
        {
            var size = codec.GetScaledDimensions(eighths / 8f);
            if (Math.Min(size.Width, size.Height) >= minShorterSide)
            {
                return size;
            }
        }

        return full;
    }

    private static byte[] Encode(RgbImage image, Func<SKPixmap, SKData?> encode)
    {
        // Skia has no 24-bit pixels: R, G, B and one byte that is not looked at.
        var rgbx = new byte[checked(image.Width * image.Height * 4)];
        for (int s = 0, d = 0; s < image.Pixels.Length; s += 3, d += 4)
        {
            rgbx[d] = image.Pixels[s];
            rgbx[d + 1] = image.Pixels[s + 1];
            rgbx[d + 2] = image.Pixels[s + 2];
            rgbx[d + 3] = 255;
        }

        using var held = new PinnedBytes(rgbx);
        using var pixmap = new SKPixmap(new SKImageInfo(image.Width, image.Height, SKColorType.Rgb888x, SKAlphaType.Opaque), held.Address);
        using var data = encode(pixmap) ?? throw new InvalidOperationException($"Skia could not encode a {image.Width}x{image.Height} picture.");
        return data.ToArray();
    }
}
