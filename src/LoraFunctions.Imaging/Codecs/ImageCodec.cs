using System.Runtime.InteropServices;
using LoraFunctions.Imaging.Metadata;
using SixLabors.ImageSharp;
using SixLabors.ImageSharp.Advanced;
using SixLabors.ImageSharp.Formats;
using SixLabors.ImageSharp.Formats.Bmp;
using SixLabors.ImageSharp.Formats.Gif;
using SixLabors.ImageSharp.Formats.Jpeg;
using SixLabors.ImageSharp.Formats.Png;
using SixLabors.ImageSharp.Formats.Tiff;
using SixLabors.ImageSharp.Formats.Webp;
using SixLabors.ImageSharp.Memory;
using SixLabors.ImageSharp.Metadata;
using SixLabors.ImageSharp.Metadata.Profiles.Exif;
using SixLabors.ImageSharp.Metadata.Profiles.Xmp;
using SixLabors.ImageSharp.PixelFormats;
using SixLabors.ImageSharp.Processing;

namespace LoraFunctions.Imaging.Codecs;

/// <summary>
/// Pictures in and out of files. JPEG, PNG, WebP, BMP, GIF (its first picture) and TIFF are read, by SixLabors.ImageSharp
/// 2.1 (Apache 2.0) behind our own look at the file's structure. Colours are taken as stored: profiles are not applied.
/// </summary>
public static class ImageCodec
{
    /// <summary>JPEG quality when none is asked for.</summary>
    public const int DefaultJpegQuality = 90;

    /// <summary>From this quality on colour is kept at full resolution, below it is halved in both directions.</summary>
    private const int FullColourQuality = 90;

    /// <summary>Of finished pictures in a lossy format: they are looked at large.</summary>
    private const int FinishedQuality = 92;

    private const string ParametersKeyword = "parameters";

    private static readonly Configuration Library = new()
    {
        // A limit on each single allocation, and on what is kept for the next picture: some photos of 12 megapixels.
        MemoryAllocator = MemoryAllocator.Create(new MemoryAllocatorOptions { AllocationLimitMegabytes = 1024, MaximumPoolSizeMegabytes = 160 }),
    };

    /// <summary>Decodes a whole file: upright (EXIF orientation applied), transparency laid on white.</summary>
    /// <exception cref="UnreadableImageException">Not a whole picture, or beyond the limits of <paramref name="options"/>.</exception>
    public static RgbImage Decode(byte[] encoded, DecodeOptions? options = null)
    {
        using var picture = Open(encoded, options);
        return picture.ToImage();
    }

    /// <summary>The same, its pixels left where they are until it is disposed: for looking at many large photos.</summary>
    internal static DecodedPicture Open(byte[] encoded, DecodeOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(encoded);
        var file = FileStructure.Check(encoded, options ?? DecodeOptions.Default);
        try
        {
            return new DecodedPicture(file.Format == PictureFormat.Jpeg ? Read<Rgb24>(file) : Read<Rgba32>(file));
        }
        catch (NotSupportedException e)
        {
            throw FileStructure.Unsupported($"a {FileStructure.Name(file.Format)} of a rare kind ({e.Message.TrimEnd('.')})");
        }
        catch (Exception e) when (e is not (UnreadableImageException or OutOfMemoryException))
        {
            throw FileStructure.Damaged(file.Format, e.Message.TrimEnd('.'), e);
        }
    }

    /// <summary>Encodes losslessly, 24 bits a pixel, without text, time or colour profile; the same picture gives the same bytes.</summary>
    public static byte[] EncodePng(RgbImage image) => EncodePng(image, null, null);

    /// <param name="quality">1 to 100.</param>
    /// <exception cref="ArgumentOutOfRangeException">The quality is not 1 to 100.</exception>
    public static byte[] EncodeJpeg(RgbImage image, int quality = DefaultJpegQuality)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(quality, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(quality, 100);
        using var picture = Picture(image);
        var colour = quality >= FullColourQuality ? JpegColorType.YCbCrRatio444 : JpegColorType.YCbCrRatio420;
        return Encode(picture, new JpegEncoder { Quality = quality, ColorType = colour });
    }

    /// <summary>Without metadata, at the usual quality.</summary>
    internal static byte[] Encode(RgbImage image, PictureKind kind)
    {
        if (kind != PictureKind.WebP)
        {
            return kind == PictureKind.Png ? EncodePng(image) : EncodeJpeg(image, FinishedQuality);
        }

        using var picture = Picture(image);
        return Encode(picture, new WebpEncoder { FileFormat = WebpFileFormatType.Lossy, Quality = FinishedQuality });
    }

    /// <param name="parameters">Becomes the text chunk of that name: tEXt where Latin-1 is enough, else iTXt in UTF-8.</param>
    /// <param name="xmp">The XMP packet, in UTF-8.</param>
    internal static byte[] EncodePng(RgbImage image, string? parameters, byte[]? xmp)
    {
        using var picture = Picture(image);
        if (parameters is not null)
        {
            picture.Metadata.GetPngMetadata().TextData.Add(new PngTextData(ParametersKeyword, parameters, "", ""));
        }

        picture.Metadata.XmpProfile = xmp is null ? null : new XmpProfile(xmp);
        var encoded = Encode(picture, new PngEncoder
        {
            ColorType = PngColorType.Rgb,
            BitDepth = PngBitDepth.Bit8,
            FilterMethod = PngFilterMethod.Adaptive,
            CompressionLevel = PngCompressionLevel.DefaultCompression,
            TextCompressionThreshold = int.MaxValue, // readers of "parameters" want plain text
        });
        return xmp is null && parameters is null ? encoded : PngStructure.InSrgb(encoded);
    }

    /// <exception cref="UnreadableImageException">Not a whole PNG.</exception>
    internal static (string? Parameters, byte[]? Xmp) ReadText(byte[] png)
    {
        try
        {
            using var input = new MemoryStream(PngStructure.Check(png, (_, _) => { }, keepText: true).Core, writable: false);
            var about = new PngDecoder().Identify(Library, input, CancellationToken.None).Metadata;
            var texts = about.GetPngMetadata().TextData.Where(text => string.Equals(text.Keyword, ParametersKeyword, StringComparison.Ordinal)).ToArray();
            return (texts is [var text, ..] ? text.Value : null, about.XmpProfile?.ToByteArray());
        }
        catch (Exception e) when (e is not (UnreadableImageException or OutOfMemoryException))
        {
            throw FileStructure.Damaged(PictureFormat.Png, e.Message.TrimEnd('.'), e);
        }
    }

    private static Image<Rgb24> Picture(RgbImage image)
    {
        ArgumentNullException.ThrowIfNull(image);
        return Image.LoadPixelData<Rgb24>(Library, image.Pixels, image.Width, image.Height);
    }

    private static byte[] Encode(Image<Rgb24> picture, IImageEncoder encoder)
    {
        using var output = new MemoryStream();
        picture.Save(output, encoder);
        return output.ToArray();
    }

    private static Image<Rgb24> Read<TPixel>(CheckedFile file)
        where TPixel : unmanaged, IPixel<TPixel>
    {
        using var input = new MemoryStream(file.Core, writable: false);
        Image<TPixel>? picture = Decoder(file.Format).Decode<TPixel>(Library, input, CancellationToken.None);
        try
        {
            if (picture.Width != file.Width || picture.Height != file.Height)
            {
                throw FileStructure.Damaged(file.Format, $"it holds {picture.Width}x{picture.Height} pixels, its header says {file.Width}x{file.Height}");
            }

            picture.Metadata.ExifProfile = new ExifProfile();
            picture.Metadata.ExifProfile.SetValue(ExifTag.Orientation, (ushort)file.Orientation);
            picture.Mutate(upright => upright.AutoOrient());
            if (picture is Image<Rgb24> rgb)
            {
                picture = null;
                return rgb;
            }

            picture.Mutate(opaque => opaque.BackgroundColor(Color.White));
            return picture.CloneAs<Rgb24>(Library);
        }
        finally
        {
            picture?.Dispose();
        }
    }

    private static IImageDecoder Decoder(PictureFormat format) => format switch
    {
        PictureFormat.Jpeg => new JpegDecoder { IgnoreMetadata = true },
        PictureFormat.Png => new PngDecoder { IgnoreMetadata = true },
        PictureFormat.WebP => new WebpDecoder { IgnoreMetadata = true },
        PictureFormat.Bmp => new BmpDecoder(),
        PictureFormat.Gif => new GifDecoder { IgnoreMetadata = true, DecodingMode = FrameDecodingMode.First },
        _ => new TiffDecoder { IgnoreMetadata = true, DecodingMode = FrameDecodingMode.First },
    };
}

/// <summary>A picture whose pixels lie in the image library's pool of memory, upright and without transparency; dispose it soon.</summary>
internal sealed class DecodedPicture(Image<Rgb24> picture) : IPixelRows, IDisposable
{
    public int Width => picture.Width;

    public int Height => picture.Height;

    public ReadOnlySpan<byte> Row(int y) => MemoryMarshal.AsBytes(picture.DangerousGetPixelRowMemory(y).Span);

    public RgbImage ToImage()
    {
        var image = new RgbImage(Width, Height);
        picture.CopyPixelDataTo(image.Pixels);
        return image;
    }

    public void Dispose() => picture.Dispose();
}
