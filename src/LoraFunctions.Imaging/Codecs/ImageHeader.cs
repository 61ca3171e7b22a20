namespace LoraFunctions.Imaging.Codecs;

/// <summary>What a file says about its picture before any pixel is decoded.</summary>
/// <param name="Width">Of the upright picture (EXIF orientation applied), in pixels.</param>
/// <param name="Height">Of the upright picture (EXIF orientation applied), in pixels.</param>
public sealed record ImageHeader(EncodedFormat Format, int Width, int Height);
