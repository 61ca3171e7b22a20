using System.Numerics;
using LoraFunctions.Showroom.Cars;
using static LoraFunctions.Showroom.Rendering.Numbers;

namespace LoraFunctions.Showroom.Rendering;

/// <summary>What a car's surface is made of at a point, and the light that leaves it. All in the car's own metres.</summary>
internal sealed partial class CarPainter
{
    private static readonly Vector3 Plastic = new(.05f, .05f, .055f);
    private static readonly Vector3 Chrome = new(.75f, .75f, .78f);
    private static readonly Vector3 Plate = new(.85f, .85f, .82f);
    private static readonly Vector3 HeadLight = new(.85f, .88f, .90f);
    private static readonly Vector3 TailLight = new(.90f, .05f, .04f);

    private readonly CarDesign design;
    private readonly BodyShape shape;
    private readonly Profile profile;
    private readonly Surroundings place;
    private readonly Vector3 paint;
    private readonly Vector3 roof;
    private readonly Vector3 eye;
    private readonly Vector3 sun;
    private readonly float cos;
    private readonly float sin;
    private readonly float half;
    private readonly float halfWidth;
    private readonly float lampHeight;
    private readonly float tailHeight;

    /// <param name="eye">The camera.</param>
    /// <param name="cos">Of the car's turn about z, as the scene places it.</param>
    public CarPainter(CarDesign design, Vector3 paint, Profile profile, Surroundings place, Vector3 eye, Vector3 sun, float cos, float sin)
    {
        this.design = design;
        this.profile = profile;
        this.place = place;
        this.paint = paint;
        this.eye = eye;
        this.sun = sun;
        (this.cos, this.sin) = (cos, sin);
        shape = design.Shape;
        roof = design.Roof switch
        {
            RoofFinish.Black => new(.03f, .03f, .035f),
            RoofFinish.White => Paint.White.Colour,
            _ => paint,
        };
        half = shape.Length / 2;
        halfWidth = shape.Width / 2;
        lampHeight = shape.Clearance + (0.62f * (shape.Bonnet - 0.08f - shape.Clearance));
        tailHeight = shape.Clearance + (0.68f * (shape.Deck - shape.Clearance));
    }

    /// <summary>The light that a surface sends to the camera.</summary>
    public Vector3 Shade(Vector3 point, Vector3 normal, Part part)
    {
        var surface = new Surface(paint, 0.10f, 0.5f);
        switch (part)
        {
            case Part.Body:
                PaintBody(ref surface, point, normal);
                normal = Creased(point, normal);
                break;
            case Part.FrontWheel:
                PaintWheel(ref surface, point, shape.FrontAxle);
                break;
            case Part.RearWheel:
                PaintWheel(ref surface, point, shape.RearAxle);
                break;
            case Part.Tyre:
                surface = new(new(.025f, .025f, .027f), 0, 0);
                break;
            case Part.Rail:
                surface = new(design.Roof == RoofFinish.Black ? new(.5f) : new(.12f), 0.1f, 0.5f);
                break;
        }

        Vector3 view = Vector3.Normalize(eye - point);
        float facing = Vector3.Dot(normal, view);
        Vector3 bounced = (normal * (2 * facing)) - view;
        Vector3 colour = surface.Base * (place.AmbientLight(normal.Z) + (place.SunLight * MathF.Max(0, Vector3.Dot(normal, sun))));
        float edge = 1 - Clamp(facing);
        edge *= edge;
        float mirror = surface.Mirror + (surface.Mirror > 0.01f ? 0.45f * edge * edge : 0);
        colour = (colour * (1 - (mirror * 0.6f))) + (place.Mirrored(InScene(bounced)) * mirror);
        float gloss = Clamp(Vector3.Dot(bounced, sun));
        gloss *= gloss;
        gloss *= gloss;
        gloss *= gloss;
        gloss *= gloss;
        gloss *= gloss * gloss * gloss;
        colour += place.SunLight * (gloss * surface.Gloss * 0.7f);
        colour = Mix(colour, surface.Glow, surface.GlowShare);
        return colour * (0.55f + (0.45f * Smooth(0, 0.55f, point.Z)));
    }

    /// <summary>Two soft edges along the doors: what makes a flank look pressed, not inflated.</summary>
    private Vector3 Creased(Vector3 point, Vector3 normal)
    {
        if (MathF.Abs(normal.Y) < 0.5f || MathF.Abs(point.X) > half - 0.25f)
        {
            return normal;
        }

        float below = (profile.Belt(point.X) - 0.11f - point.Z) / 0.05f;
        float sill = (point.Z - shape.Clearance - 0.20f) / 0.06f;
        float tilt = (below is > -1 and < 1 ? 0.30f * (1 - (below * below)) : 0) + (sill is > -1 and < 1 ? 0.25f * (1 - (sill * sill)) : 0);
        return tilt == 0 ? normal : Vector3.Normalize(normal + new Vector3(0, 0, tilt));
    }

    private Vector3 InScene(Vector3 v) => new(-((cos * v.X) - (sin * v.Y)), -((sin * v.X) + (cos * v.Y)), v.Z);

    private void PaintBody(ref Surface surface, Vector3 p, Vector3 n)
    {
        float belt = profile.Belt(p.X);
        float side = MathF.Abs(p.Y);
        if (p.Z > belt + 0.02f && p.X < shape.ScreenFoot && p.X > shape.RearFoot)
        {
            surface.Base = roof;
        }

        if (p.Z > belt + 0.045f && profile.Top(p.X) - belt > 0.06f && IsGlass(p, n, belt, side))
        {
            surface = new(new(.03f, .035f, .045f), 0.42f, 0.9f);
            return;
        }

        bool flank = side > 0.7f * halfWidth && MathF.Abs(n.Y) > 0.5f;
        if (flank && p.Z > shape.Clearance + 0.14f && p.Z < belt - 0.01f)
        {
            PaintDoors(ref surface, p, belt);
        }

        if (p.Z < shape.Clearance + (shape.Cladding ? 0.20f : 0.08f))
        {
            surface = new(Plastic, 0.03f, 0.1f);
        }

        if (side > 0.55f * halfWidth)
        {
            PaintArch(ref surface, p, n, shape.FrontAxle);
            PaintArch(ref surface, p, n, shape.RearAxle);
        }

        if (p.X > half - 0.42f && n.X > 0.12f)
        {
            PaintNose(ref surface, p, side);
        }
        else if (p.X < -half + 0.35f && n.X < -0.12f)
        {
            PaintTail(ref surface, p, side);
        }
    }

    private bool IsGlass(Vector3 p, Vector3 n, float belt, float side)
    {
        if (MathF.Abs(n.Y) > 0.55f)
        {
            float share = (p.Z - belt) / (shape.Roof - belt);
            float front = shape.ScreenFoot + ((shape.RoofFront - shape.ScreenFoot) * share);
            float rear = shape.RearFoot + ((shape.RoofRear - shape.RearFoot) * share);
            bool pillar = MathF.Abs(p.X - shape.MiddlePillar) < 0.035f
                || (shape.RoofRear < shape.RearAxle && MathF.Abs(p.X - shape.RearAxle - 0.06f) < 0.04f);
            return p.X < front - 0.13f && p.X > rear + 0.16f && p.Z < shape.Roof - 0.10f && !pillar;
        }

        float inside = (halfWidth * 0.95f) - (shape.Tumblehome * (p.Z - belt));
        return (n.X > 0.2f && p.X > shape.RoofFront - 0.03f && p.Z > belt + 0.06f && p.Z < shape.Roof - 0.05f && side < inside - 0.09f)
            || (n.X < -0.08f && p.X < shape.RoofRear - 0.03f && p.X > shape.RearFoot + 0.05f && p.Z > belt + 0.06f && p.Z < shape.Roof - 0.07f && side < inside - 0.10f);
    }

    private void PaintDoors(ref Surface surface, Vector3 p, float belt)
    {
        float middle = p.X - shape.MiddlePillar;
        float rear = p.X - shape.RearDoorEnd;
        bool twoDoors = shape.Body == Body.Coupe;
        if (MathF.Abs(middle) < 0.014f || MathF.Abs(p.X - shape.ScreenFoot + 0.22f) < 0.014f || (!twoDoors && MathF.Abs(rear) < 0.014f))
        {
            surface.Base *= 0.35f;
            return;
        }

        if (middle is > 0.07f and < 0.29f || (!twoDoors && rear is > 0.07f and < 0.29f))
        {
            float down = belt - 0.13f - p.Z;
            if (design.DoorHandle == DoorHandle.Pull)
            {
                if (MathF.Abs(down) < 0.02f)
                {
                    surface = new(Chrome, 0.3f, 0.8f);
                }
                else if (down is > 0 and < 0.04f)
                {
                    surface.Base *= 0.35f;
                }
            }
            else if (MathF.Abs(MathF.Abs(down) - 0.02f) < 0.006f)
            {
                surface.Base *= 0.7f;
            }
        }
    }

    private void PaintArch(ref Surface surface, Vector3 p, Vector3 n, float axle)
    {
        float dx = p.X - axle;
        float dz = p.Z - shape.WheelRadius;
        float distance = (dx * dx) + (dz * dz);
        float arch = shape.WheelRadius + 0.055f;
        float clad = shape.WheelRadius + 0.13f;
        if (distance < arch * arch)
        {
            surface = new(new(.01f, .01f, .01f), 0, 0);
        }
        else if (shape.Cladding && distance < clad * clad && MathF.Abs(n.X) < 0.7f)
        {
            surface = new(Plastic, 0.03f, 0.1f);
        }
    }

    private struct Surface(Vector3 colour, float mirror, float gloss)
    {
        public Vector3 Base = colour;
        public float Mirror = mirror;
        public readonly float Gloss = gloss;
        public Vector3 Glow;
        public float GlowShare;
    }
}
