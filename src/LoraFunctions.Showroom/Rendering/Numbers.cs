using System.Numerics;
using System.Runtime.CompilerServices;

namespace LoraFunctions.Showroom.Rendering;

/// <summary>The few functions that shading is made of. Nothing here asks the platform's mathematics library in an inner loop.</summary>
internal static class Numbers
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Clamp(float value) => value < 0 ? 0 : value > 1 ? 1 : value;

    /// <summary>0 below a, 1 above b, an S between.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Smooth(float a, float b, float value)
    {
        float t = Clamp((value - a) / (b - a));
        return t * t * (3 - (2 * t));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector3 Mix(Vector3 a, Vector3 b, float t) => a + ((b - a) * t);

    /// <summary>0 to 1 from three whole numbers.</summary>
    public static float Hash(uint a, uint b, uint c)
    {
        uint h = (a * 374761393u) + (b * 668265263u) + (c * 2246822519u);
        h = (h ^ (h >> 13)) * 1274126177u;
        h ^= h >> 16;
        return (h & 0xffffff) / 16777216f;
    }

    /// <summary>A smooth random line.</summary>
    public static float Noise(uint seed, float x)
    {
        int i = (int)MathF.Floor(x);
        float f = x - i;
        f = f * f * (3 - (2 * f));
        return (Hash(seed, (uint)i, 7) * (1 - f)) + (Hash(seed, (uint)(i + 1), 7) * f);
    }
}
