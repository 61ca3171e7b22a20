namespace LoraFunctions.Imaging.Codecs;

/// <summary>The picture formats that are read, told by the file's first bytes, never by its name.</summary>
public enum EncodedFormat
{
    Jpeg,
    Png,
    WebP,
}
