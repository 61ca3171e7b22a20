using LoraFunctions.Imaging.Codecs;

namespace LoraFunctions.Imaging.Metadata;

/// <summary>What a finished picture says about itself.</summary>
/// <param name="Parameters">How it was made, in WebUI's words (prompt, negative prompt, steps ...); null when it does not say.</param>
/// <param name="Label">The implicit AI label, with IPTC's source type; null when it has none.</param>
public sealed record PictureMetadata(string? Parameters, AiLabel? Label);

/// <summary>A picture's metadata cannot be written, cannot be read back, or is not what was written.</summary>
public sealed class MetadataException(string message, Exception? innerException = null) : Exception(message, innerException);

/// <summary>The formats that finished pictures are written in.</summary>
public enum PictureKind
{
    /// <summary>Lossless; parameters in the text chunk <c>parameters</c>.</summary>
    Png,

    /// <summary>Parameters in EXIF's UserComment.</summary>
    Jpeg,

    /// <summary>Lossy; parameters in EXIF's UserComment.</summary>
    WebP,
}

/// <summary>Finished pictures, in sRGB: the parameters where WebUI keeps them in each format, and the XMP packet.</summary>
public static class PictureFile
{
    /// <summary>By a file name's ending; null where it is none of <see cref="Endings"/>.</summary>
    public static PictureKind? KindOf(string path) => Path.GetExtension(path).ToLowerInvariant() switch
    {
        ".png" => PictureKind.Png,
        ".jpg" or ".jpeg" => PictureKind.Jpeg,
        ".webp" => PictureKind.WebP,
        _ => null,
    };

    /// <summary>What a picture's name may end with, in words.</summary>
    public const string Endings = ".png, .jpg or .webp";

    /// <summary>
    /// Encodes the picture with this metadata, its label sealed for what this file shows; what was written is read back and compared before it
    /// is returned.
    /// </summary>
    /// <exception cref="MetadataException">It reads back differently, or does not fit the format.</exception>
    public static byte[] Encode(RgbImage picture, PictureMetadata metadata, PictureKind kind = PictureKind.Png)
    {
        ArgumentNullException.ThrowIfNull(metadata);
        var bare = ImageCodec.Encode(picture, kind);
        metadata = metadata with { Label = metadata.Label?.Sealed(ShownDigest.Of(bare, picture), metadata.Parameters) };
        var xmp = metadata.Label is { } label ? XmpPacket.Build(label) : null;
        var written = kind == PictureKind.Png
            ? ImageCodec.EncodePng(picture, metadata.Parameters, xmp)
            : EmbeddedBlocks.Add(bare, FileStructure.Check(bare, DecodeOptions.Default), ExifComment.Build(metadata.Parameters), xmp);
        AiLabel.Verify(written, metadata);
        return written;
    }

    /// <exception cref="MetadataException">Not a whole PNG, JPEG or WebP, or a label that is not one.</exception>
    public static PictureMetadata ReadMetadata(byte[] encoded)
    {
        ArgumentNullException.ThrowIfNull(encoded);
        try
        {
            var (parameters, xmp) = Read(encoded);
            return new PictureMetadata(parameters, xmp is null ? null : XmpPacket.ReadLabel(xmp));
        }
        catch (UnreadableImageException e)
        {
            throw new MetadataException($"The metadata cannot be reached: {e.Message}.", e);
        }
    }

    private static (string? Parameters, byte[]? Xmp) Read(byte[] encoded)
    {
        if (encoded.AsSpan().StartsWith(PngStructure.Signature))
        {
            return ImageCodec.ReadText(encoded);
        }

        var format = FileStructure.Check(encoded, DecodeOptions.Default).Format;
        if (format is not (PictureFormat.Jpeg or PictureFormat.WebP))
        {
            throw new MetadataException($"Metadata is kept in PNG, JPEG and WebP files; this is a {FileStructure.Name(format)}.");
        }

        var (exif, xmp) = EmbeddedBlocks.Read(encoded, format);
        return (exif is null ? null : ExifComment.Read(exif), xmp);
    }
}
