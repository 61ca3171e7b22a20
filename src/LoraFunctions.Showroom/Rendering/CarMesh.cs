using System.Numerics;
using LoraFunctions.Showroom.Cars;

namespace LoraFunctions.Showroom.Rendering;

internal enum Part : byte
{
    Body,
    FrontWheel,
    RearWheel,
    Tyre,
    Mirror,
    Rail,
}

/// <summary>A car as triangles in its own metres. Built anew for every car into the same arrays.</summary>
internal sealed class CarMesh
{
    private const int MostSections = 84;
    private const int Ring = Profile.SectionPoints * 2;
    private const int WheelSides = 28;

    public Vector3[] Positions { get; } = new Vector3[(MostSections * Ring) + 1200];

    public Vector3[] Normals { get; } = new Vector3[(MostSections * Ring) + 1200];

    public Part[] Parts { get; } = new Part[(MostSections * Ring) + 1200];

    /// <summary>Three vertices each.</summary>
    public int[] Triangles { get; } = new int[((MostSections * Ring * 2) + 1600) * 3];

    public int VertexCount { get; private set; }

    public int TriangleCount { get; private set; }

    /// <summary>The first so many are the closed body, whose back faces nobody sees.</summary>
    public int BodyTriangleCount { get; private set; }

    /// <param name="sections">Across the body, up to 84; more for larger pictures.</param>
    public void Build(CarDesign design, Profile profile, int sections)
    {
        (VertexCount, TriangleCount) = (0, 0);
        BodyShape shape = design.Shape;
        Loft(shape, profile, Math.Min(sections, MostSections));
        BodyTriangleCount = TriangleCount;
        SmoothNormals();
        for (int side = -1; side <= 1; side += 2)
        {
            AddWheel(shape, shape.FrontAxle, Part.FrontWheel, side);
            AddWheel(shape, shape.RearAxle, Part.RearWheel, side);
            AddMirror(shape, side);
            if (design.RoofRails)
            {
                AddRail(shape, profile, side);
            }
        }
    }

    private void Loft(BodyShape shape, Profile profile, int sections)
    {
        Span<float> y = stackalloc float[Profile.SectionPoints];
        Span<float> z = stackalloc float[Profile.SectionPoints];
        float half = shape.Length / 2;
        for (int s = 0; s < sections; s++)
        {
            // Denser towards the ends, where the body is round.
            float t = (float)s / (sections - 1);
            float x = (-half * MathF.Cos(t * MathF.PI) * 0.35f) + (0.65f * (-half + (2 * half * t)));
            profile.Section(x, y, z);
            for (int k = 0; k < Profile.SectionPoints; k++)
            {
                Add(new(x, y[k], z[k]), Vector3.Zero, Part.Body);
            }

            for (int k = Profile.SectionPoints - 1; k >= 0; k--)
            {
                Add(new(x, -y[k], z[k]), Vector3.Zero, Part.Body);
            }
        }

        for (int s = 0; s + 1 < sections; s++)
        {
            for (int k = 0; k < Ring; k++)
            {
                int a = (s * Ring) + k;
                int b = (s * Ring) + ((k + 1) % Ring);
                Triangle(a, a + Ring, b + Ring);
                Triangle(a, b + Ring, b);
            }
        }

        Cap((sections - 1) * Ring, half, 0.03f);
        Cap(0, -half, -0.03f);
    }

    private void Cap(int first, float x, float bulge)
    {
        float middle = 0;
        for (int k = 0; k < Ring; k++)
        {
            middle += Positions[first + k].Z / Ring;
        }

        int centre = Add(new(x + bulge, 0, middle), Vector3.Zero, Part.Body);
        for (int k = 0; k < Ring; k++)
        {
            int next = first + ((k + 1) % Ring);
            Triangle(first + k, bulge > 0 ? centre : next, bulge > 0 ? next : centre);
        }
    }

    private void SmoothNormals()
    {
        for (int t = 0; t < TriangleCount; t++)
        {
            int a = Triangles[t * 3];
            int b = Triangles[(t * 3) + 1];
            int c = Triangles[(t * 3) + 2];
            Vector3 normal = Vector3.Cross(Positions[c] - Positions[a], Positions[b] - Positions[a]);
            Normals[a] += normal;
            Normals[b] += normal;
            Normals[c] += normal;
        }

        for (int i = 0; i < VertexCount; i++)
        {
            Normals[i] /= Normals[i].Length() + 1e-9f;
        }
    }

    private void AddWheel(BodyShape shape, float x, Part face, int side)
    {
        float radius = shape.WheelRadius;
        float outer = side * ((shape.Width / 2) - 0.005f);
        float inner = side * ((shape.Width / 2) - 0.22f);
        int centre = Add(new(x, outer, radius), new(0, side, 0), face);
        for (int i = 0; i < WheelSides; i++)
        {
            (float sin, float cos) = MathF.SinCos(MathF.Tau * i / WheelSides);
            Add(new(x + (radius * cos), outer, radius + (radius * sin)), new(0, side, 0), face);
        }

        int tread = VertexCount;
        for (int i = 0; i < WheelSides; i++)
        {
            (float sin, float cos) = MathF.SinCos(MathF.Tau * i / WheelSides);
            Add(new(x + (radius * cos), outer, radius + (radius * sin)), new(cos, 0, sin), Part.Tyre);
            Add(new(x + (radius * cos), inner, radius + (radius * sin)), new(cos, 0, sin), Part.Tyre);
        }

        for (int i = 0; i < WheelSides; i++)
        {
            int next = (i + 1) % WheelSides;
            Triangle(centre, centre + 1 + i, centre + 1 + next);
            Triangle(tread + (2 * i), tread + (2 * i) + 1, tread + (2 * next));
            Triangle(tread + (2 * next), tread + (2 * i) + 1, tread + (2 * next) + 1);
        }
    }

    private void AddMirror(BodyShape shape, int side)
    {
        const int around = 10;
        const int down = 6;
        var middle = new Vector3(shape.ScreenFoot - 0.28f, side * ((shape.Width / 2) + 0.07f), shape.Belt + 0.06f);
        int first = VertexCount;
        for (int i = 0; i <= down; i++)
        {
            for (int j = 0; j < around; j++)
            {
                (float sinDown, float cosDown) = MathF.SinCos(MathF.PI * i / down);
                (float sin, float cos) = MathF.SinCos(MathF.Tau * j / around);
                var direction = new Vector3(sinDown * cos, sinDown * sin, cosDown);
                Add(middle + (direction * new Vector3(0.07f, 0.11f, 0.075f)), direction, Part.Mirror);
            }
        }

        Tube(first, down, around);
    }

    /// <summary>A bar along the roof's edge, a little above it.</summary>
    private void AddRail(BodyShape shape, Profile profile, int side)
    {
        const int pieces = 10;
        float y = side * ((shape.Width / 2 * 0.97f) - (shape.Tumblehome * (shape.Roof - shape.Belt)) - 0.06f);
        int first = VertexCount;
        for (int i = 0; i <= pieces; i++)
        {
            float x = shape.RoofRear + 0.05f + ((shape.RoofFront - shape.RoofRear - 0.1f) * i / pieces);
            float z = profile.Top(x) + (i is 0 or pieces ? 0 : 0.055f);
            Add(new(x, y - 0.02f, z), new(0, -0.6f, 0.8f), Part.Rail);
            Add(new(x, y + 0.02f, z), new(0, 0.6f, 0.8f), Part.Rail);
            Add(new(x, y + 0.02f, z - 0.04f), new(0, 1, 0), Part.Rail);
            Add(new(x, y - 0.02f, z - 0.04f), new(0, -1, 0), Part.Rail);
        }

        Tube(first, pieces, 4);
    }

    private void Tube(int first, int pieces, int around)
    {
        for (int i = 0; i < pieces; i++)
        {
            for (int j = 0; j < around; j++)
            {
                int a = first + (i * around) + j;
                int b = first + (i * around) + ((j + 1) % around);
                Triangle(a, a + around, b + around);
                Triangle(a, b + around, b);
            }
        }
    }

    private int Add(Vector3 position, Vector3 normal, Part part)
    {
        Positions[VertexCount] = position;
        Normals[VertexCount] = normal;
        Parts[VertexCount] = part;
        return VertexCount++;
    }

    private void Triangle(int a, int b, int c)
    {
        int at = TriangleCount++ * 3;
        Triangles[at] = a;
        Triangles[at + 1] = b;
        Triangles[at + 2] = c;
    }
}
