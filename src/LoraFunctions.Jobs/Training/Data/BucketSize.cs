using System.Runtime.InteropServices;

namespace LoraFunctions.Jobs.Training.Data;

/// <summary>The size photos of one bucket are trained at, in pixels.</summary>
[StructLayout(LayoutKind.Sequential)]
internal readonly record struct BucketSize(int Width, int Height)
{
    public override string ToString() => $"{Width}x{Height}";
}
