using LoraFunctions.Showroom.Cars;

namespace LoraFunctions.Showroom.Rendering;

/// <summary>The side profile of a body, smoothed, as tables over x; and the sections across it.</summary>
internal sealed class Profile
{
    /// <summary>Points of half a section, from the middle of the floor over the side to the middle of the roof.</summary>
    public const int SectionPoints = 44;

    private const int Samples = 512;
    private const float Smoothing = 0.11f;

    private readonly float[] top = new float[Samples + 1];
    private readonly float[] belt = new float[Samples + 1];
    private readonly BodyShape shape;
    private readonly float half;

    public Profile(BodyShape shape)
    {
        this.shape = shape;
        half = shape.Length / 2;
        for (int i = 0; i <= Samples; i++)
        {
            float x = (((float)i / Samples * 2) - 1) * half;
            float sum = 0;
            for (int k = -4; k <= 4; k++)
            {
                sum += Corners(Math.Clamp(x + (k * Smoothing / 4), -half, half));
            }

            top[i] = sum / 9;
            belt[i] = x > 0
                ? shape.Belt + ((shape.Bonnet - shape.Belt) * Numbers.Clamp(x / shape.ScreenFoot))
                : shape.Belt + ((shape.Deck - shape.Belt) * Numbers.Clamp(x / shape.RearFoot));
        }
    }

    /// <summary>Height of the outline.</summary>
    public float Top(float x) => Look(top, x);

    /// <summary>Height of the belt line, where metal ends and glass begins.</summary>
    public float Belt(float x) => Look(belt, x);

    /// <summary>One half of the section at x, y outwards.</summary>
    public void Section(float x, Span<float> y, Span<float> z)
    {
        float u = MathF.Abs(x) / half;
        float width = shape.Width / 2 * (1 - (0.06f * u * u * u * u));
        float end = (MathF.Abs(x) - (half - 0.35f)) / 0.35f;
        if (end > 0)
        {
            width *= 0.72f + (0.28f * MathF.Sqrt(MathF.Max(0, 1 - (end * end * 0.999f))));
        }

        float bottom = shape.Clearance;
        float lift = (MathF.Abs(x) - (half - 0.2f)) / 0.2f;
        if (lift > 0)
        {
            bottom += 0.06f * lift * lift;
        }

        float roof = Top(x);
        float line = MathF.Min(Belt(x), roof - 0.005f);
        float glass = roof - line;
        float above = (0.97f * width) - (shape.Tumblehome * glass);

        Span<float> ay = [0, 0.86f * width, 0.98f * width, width, 0.995f * width, 0.965f * width, (0.95f * width) - (0.02f * shape.Tumblehome),
            above + (shape.Tumblehome * 0.175f * glass), above - 0.02f, above * 0.80f, 0];
        Span<float> az = [bottom, bottom, bottom + 0.06f, bottom + (0.45f * (line - bottom)), bottom + (0.8f * (line - bottom)), line,
            line + (0.06f * glass) + 0.004f, line + (0.7f * glass) + 0.004f, roof - (0.05f * MathF.Min(glass * 4, 1)) + 0.002f, roof + 0.004f, roof + 0.02f];
        Span<float> by = stackalloc float[SectionPoints / 2];
        Span<float> bz = stackalloc float[SectionPoints / 2];
        Cut(ay, by);
        Cut(az, bz);
        Cut(by, y);
        Cut(bz, z);
    }

    /// <summary>Chaikin's corner cutting: twice as many points.</summary>
    private static void Cut(ReadOnlySpan<float> from, Span<float> to)
    {
        to[0] = from[0];
        for (int i = 0; i + 1 < from.Length; i++)
        {
            to[(i * 2) + 1] = (0.75f * from[i]) + (0.25f * from[i + 1]);
            to[(i * 2) + 2] = (0.25f * from[i]) + (0.75f * from[i + 1]);
        }

        to[(from.Length * 2) - 1] = from[^1];
    }

    private float Look(float[] table, float x)
    {
        float at = Math.Clamp(((x / half) + 1) / 2 * Samples, 0, Samples - 0.001f);
        int i = (int)at;
        return table[i] + ((table[i + 1] - table[i]) * (at - i));
    }

    private float Corners(float x)
    {
        BodyShape s = shape;
        float bonnetEnd = half - 0.30f;
        if (x > bonnetEnd)
        {
            float t = (x - bonnetEnd) / (half - bonnetEnd);
            return s.Bonnet - 0.08f + ((s.Nose - s.Bonnet + 0.08f) * t * t);
        }

        Span<float> px = [-half - 1, -half, -half + 0.10f, MathF.Max(s.RearFoot, -half + 0.11f), s.RoofRear, (s.RoofRear + s.RoofFront) / 2, s.RoofFront,
            s.ScreenFoot, bonnetEnd];
        Span<float> pz = [s.Deck - 0.25f, s.Deck - 0.2f, s.Deck, s.Deck + 0.02f, s.Roof - 0.05f, s.Roof, s.Roof - 0.03f, s.Bonnet, s.Bonnet - 0.08f];
        for (int i = 0; i < 8; i++)
        {
            if (x <= px[i + 1])
            {
                return pz[i] + ((pz[i + 1] - pz[i]) * Numbers.Clamp((x - px[i]) / (px[i + 1] - px[i])));
            }
        }

        return pz[8];
    }
}
