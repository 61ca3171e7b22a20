namespace LoraFunctions.Imaging.Codecs;

/// <summary>The picture as it is stored, before it is turned upright.</summary>
/// <param name="Orientation">EXIF's 1 to 8; 1 is upright.</param>
internal sealed record StoredImage(int Width, int Height, int Orientation);
