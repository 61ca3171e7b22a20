namespace LoraFunctions.Imaging.Codecs;

/// <summary>What an image library decodes: row by row, R, G, B and straight (not premultiplied) alpha, no padding.</summary>
internal sealed record RgbaPixels(int Width, int Height, byte[] Bytes);
