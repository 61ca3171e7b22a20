using System.Numerics;
using LoraFunctions.Showroom.Cars;
using static LoraFunctions.Showroom.Rendering.Numbers;

namespace LoraFunctions.Showroom.Rendering;

/// <summary>The view from the back seat: windscreen, dashboard, wheel, screen or dials, seats. Flat shapes, back to front.</summary>
internal sealed class CabinPainter
{
    private static readonly Vector3[] Trims = [new(.10f, .10f, .11f), new(.50f, .40f, .30f), new(.30f, .31f, .33f), new(.30f, .10f, .08f)];

    private readonly Surroundings place;
    private readonly Vector3 trim;
    private readonly bool screen;
    private readonly float light;
    private readonly float sway;

    public CabinPainter(CarDesign design, Surroundings place, int seed)
    {
        this.place = place;
        screen = design.Cabin == Cabin.Screen;

        // A model has its trim: it follows from its measures, not from the single picture.
        trim = Trims[(int)(design.Shape.Length * 100) % Trims.Length];
        light = place.LampsAreOn ? 0.55f : 1;
        sway = (Hash((uint)seed, 3, 5) - .5f) * 0.12f;
    }

    public Vector3 Shade(float u, float v)
    {
        u += sway;
        Vector3 dark = new Vector3(.055f, .055f, .06f) * light;
        float pillar = 1.02f - (0.22f * v);
        float dash = 0.12f + (0.05f * (1 - Clamp(u * u)));
        Vector3 colour;
        if (v > 0.80f - (0.07f * u * u) || MathF.Abs(u) > pillar)
        {
            colour = new Vector3(.62f, .60f, .57f) * light * (0.55f + (0.25f * v));
            colour = MathF.Abs(u) > pillar && MathF.Abs(u) < pillar + 0.05f ? dark : colour;
        }
        else if (v > dash)
        {
            float over = v - 0.30f;
            colour = (over > 0 ? place.Above(u * 0.9f, over) : place.Floor(u * 3, 3 / (0.03f - over))) * 0.92f;
            colour = Box(u - 0.05f, v - 0.70f, 0.17f, 0.05f) ? dark : colour;
        }
        else
        {
            colour = Dashboard(u, v, dash, dark);
        }

        return Seats(u, v, WheelOver(u, v, colour, dark), dark);
    }

    private Vector3 Dashboard(float u, float v, float dash, Vector3 dark)
    {
        Vector3 colour = v > dash - 0.12f ? dark * (1.1f + (3 * (v - dash + 0.12f)))
            : v > -0.30f ? trim * light * (0.75f + v)
            : dark * 0.8f;
        if (MathF.Abs(v + 0.02f) < 0.012f && MathF.Abs(u) > 0.35f)
        {
            return new Vector3(.55f, .55f, .57f) * light;
        }

        if (Box(MathF.Abs(u) - 0.92f, v + 0.05f, 0.13f, 0.05f))
        {
            return dark * (((int)((v + 2) * 60) & 1) == 0 ? 0.4f : 1.3f);
        }

        if (screen)
        {
            return Box(u - 0.10f, v + 0.02f, 0.27f, 0.20f)
                ? Box(u - 0.10f, v + 0.02f, 0.25f, 0.18f) ? new(.10f, .28f + (0.3f * (v + 0.2f)), .55f) : new(.01f, .01f, .01f)
                : Box(u, v + 0.6f, 0.16f, 0.34f) ? dark * 1.6f : colour;
        }

        float left = Ring(u + 0.78f, v - 0.02f);
        float right = Ring(u + 0.50f, v - 0.02f);
        float dial = MathF.Min(left, right);
        return dial < 0.11f ? dial > 0.095f ? new Vector3(.7f) * light : new(.015f, .015f, .02f)
            : Box(u - 0.12f, v + 0.12f, 0.16f, 0.08f) ? new(.16f, .13f, .06f)
            : Box(u, v + 0.6f, 0.16f, 0.34f) ? dark * 1.6f
            : colour;
    }

    private Vector3 WheelOver(float u, float v, Vector3 behind, Vector3 dark)
    {
        float x = u + 0.64f;
        float y = (v + 0.18f) * 1.08f;
        float r = Ring(x, y);
        bool spoke = r < 0.40f && (MathF.Abs(y) < 0.045f || (MathF.Abs(x) < 0.05f && y < 0));
        return r is > 0.36f and < 0.43f ? dark * (1.2f + (1.5f * Clamp(y))) : r < 0.12f ? trim * light * 0.7f : spoke ? dark * 1.4f : behind;
    }

    private Vector3 Seats(float u, float v, Vector3 behind, Vector3 dark)
    {
        foreach (float middle in (ReadOnlySpan<float>)[-0.72f, 0.78f])
        {
            float x = MathF.Abs(u - middle);
            float y = v + 1.05f;
            float backrest = Ring(MathF.Max(0, x - 0.22f), MathF.Max(0, y - 0.36f));
            float head = Ring(MathF.Max(0, x - 0.10f), MathF.Max(0, MathF.Abs(y - 0.68f) - 0.06f));
            if (backrest < 0.14f || head < 0.07f)
            {
                bool seam = backrest < 0.14f && (MathF.Abs(x - 0.20f) < 0.012f || MathF.Abs(y - 0.30f) < 0.012f);
                return seam ? dark : trim * light * (1.05f - (1.3f * x) + (0.3f * y));
            }
        }

        return behind;
    }

    private static bool Box(float x, float y, float halfWidth, float halfHeight) => MathF.Abs(x) < halfWidth && MathF.Abs(y) < halfHeight;

    private static float Ring(float x, float y) => MathF.Sqrt((x * x) + (y * y));
}
