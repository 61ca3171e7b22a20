using System.Globalization;

namespace LoraFunctions.Cli;

/// <summary>Pixels, as they are written on the command line: <c>768x512</c>.</summary>
internal sealed record PictureSize(int Width, int Height)
{
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Width}x{Height}");
}
