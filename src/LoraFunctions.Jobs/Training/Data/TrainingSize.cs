using System.Globalization;
using System.Runtime.InteropServices;

namespace LoraFunctions.Jobs.Training.Data;

/// <summary>A size photos are trained at, in pixels.</summary>
[StructLayout(LayoutKind.Sequential)]
public readonly record struct TrainingSize(int Width, int Height)
{
    public bool IsSquare => Width == Height;

    /// <summary>As <c>resolution</c> is given: <c>512</c>, or <c>192x144</c>.</summary>
    public string InYaml => IsSquare ? Width.ToString(CultureInfo.InvariantCulture) : ToString();

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Width}x{Height}");
}
