using System.Numerics;
using LoraFunctions.Showroom.Cars;
using static LoraFunctions.Showroom.Rendering.Numbers;

namespace LoraFunctions.Showroom.Rendering;

/// <summary>Nose, tail and wheels.</summary>
internal sealed partial class CarPainter
{
    private void PaintNose(ref Surface surface, Vector3 p, float side)
    {
        float share = side / halfWidth;
        float up = p.Z - lampHeight;
        if (p.X > half - 0.2f)
        {
            bool grille = (design.HeadLamp != HeadLamp.Bar && share < 0.55f && MathF.Abs(up + 0.06f) < 0.085f)
                || (share < 0.62f && MathF.Abs(p.Z - shape.Clearance - 0.14f) < 0.055f);
            if (grille)
            {
                float slat = p.Z * 20;
                surface = new(slat - (int)slat < 0.3f ? new(.20f, .20f, .21f) : new(.03f, .03f, .035f), 0.08f, 0.5f);
            }
        }

        bool lamp = false;
        switch (design.HeadLamp)
        {
            case HeadLamp.Round:
                float dy = side - (0.72f * halfWidth);
                float distance = (dy * dy) + (up * up);
                lamp = distance < 0.09f * 0.09f;
                if (!lamp && distance < 0.115f * 0.115f)
                {
                    surface.Base = Chrome;
                }

                break;
            case HeadLamp.Slim:
                lamp = share > 0.5f && MathF.Abs(up - 0.03f - (0.06f * (share - .5f))) < 0.036f;
                break;
            case HeadLamp.Square:
                bool frame = share is > 0.58f and < 0.92f && MathF.Abs(up) < 0.085f;
                lamp = frame && share is > 0.61f and < 0.895f && MathF.Abs(up) < 0.07f;
                if (frame && !lamp)
                {
                    surface.Base = new(.1f);
                }

                break;
            default:
                lamp = MathF.Abs(up - 0.05f) < 0.026f || (share is > 0.78f and < 0.86f && MathF.Abs(up + 0.07f) < 0.11f);
                break;
        }

        if (lamp)
        {
            surface = new(new(.90f, .92f, .95f), 0.2f, 0.5f) { Glow = HeadLight, GlowShare = place.LampsAreOn ? 0.95f : 0.55f };
        }

        if (p.X > half - 0.12f && side < 0.26f && MathF.Abs(p.Z - shape.Clearance - 0.27f) < 0.05f)
        {
            surface = new(Plate, 0.02f, 0.5f);
        }
    }

    private void PaintTail(ref Surface surface, Vector3 p, float side)
    {
        float share = side / halfWidth;
        float up = p.Z - tailHeight;
        bool lamp = design.TailLamp switch
        {
            TailLamp.Round => Near(side - (0.50f * halfWidth), up) || Near(side - (0.78f * halfWidth), up),
            TailLamp.Slim => share > 0.42f && MathF.Abs(up - 0.02f) < 0.04f,
            TailLamp.Block => share > 0.68f && MathF.Abs(up + 0.02f) < 0.13f,
            _ => MathF.Abs(up - 0.05f) < 0.032f || (share is > 0.78f and < 0.88f && MathF.Abs(up + 0.05f) < 0.10f),
        };
        if (lamp)
        {
            surface = new(new(.75f, .03f, .03f), 0.1f, 0.5f) { Glow = TailLight, GlowShare = place.LampsAreOn ? 0.85f : 0.45f };
        }
        else if (p.X < -half + 0.12f && side < 0.26f && MathF.Abs(up + 0.16f) < 0.05f)
        {
            surface = new(Plate, 0.02f, 0.5f);
        }

        static bool Near(float dy, float dz) => (dy * dy) + (dz * dz) < 0.075f * 0.075f;
    }

    private void PaintWheel(ref Surface surface, Vector3 p, float axle)
    {
        surface = new(new(.03f, .03f, .032f), 0, 0.05f);
        float dx = p.X - axle;
        float dz = p.Z - shape.WheelRadius;
        float r = MathF.Sqrt((dx * dx) + (dz * dz)) / shape.WheelRadius;
        if (r >= 0.70f)
        {
            return;
        }

        var bright = new Vector3(.72f, .73f, .75f);
        var dark = new Vector3(.06f, .06f, .065f);
        surface.Mirror = 0.12f;
        surface.Base = design.Wheel switch
        {
            Wheel.FiveSpoke => r is > 0.6f or < 0.16f || Spoke(2.5f) * r < 0.17f ? bright : dark,
            Wheel.MultiSpoke => r is > 0.62f or < 0.2f || Spoke(5) * r < 0.2f ? bright : dark,
            Wheel.Dark => r is > 0.62f or < 0.16f || Spoke(2.5f) * r < 0.17f ? new(.13f, .13f, .14f) : new(.02f, .02f, .02f),
            _ => r is < 0.2f or (> 0.38f and < 0.46f) ? dark : bright,
        };

        float Spoke(float half) => MathF.Abs(MathF.Sin((MathF.Atan2(dz, dx) + 0.31f) * half));
    }
}
