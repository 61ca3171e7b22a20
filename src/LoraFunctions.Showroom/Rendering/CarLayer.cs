using System.Numerics;
using LoraFunctions.Showroom.Scenes;

namespace LoraFunctions.Showroom.Rendering;

/// <summary>One car before the camera: its triangles on the picture, and what its surface is made of.</summary>
internal sealed class CarLayer
{
    public const float FocalLength = 2.6f;
    private const float Middle = 0.62f;
    private const float FrameShare = 0.775f;

    private readonly float[] screenX = new float[9000];
    private readonly float[] screenY = new float[9000];
    private readonly float[] depth = new float[9000];
    private readonly CarMesh mesh = new();
    private CarPainter painter = null!;
    private float cos;
    private float sin;
    private float pitchCos;
    private float pitchSin;
    private float shift;
    private float aspect;
    private int width;
    private int height;
    private Vector3 eye;
    private Vector2 shadowHalf;
    private Vector2 shadowFall;

    /// <summary>Builds the car and places it.</summary>
    /// <param name="frame">Width of the car's part of the picture, in half heights.</param>
    /// <param name="centre">Where that part's middle lies, in half heights from the picture's middle.</param>
    public void Place(CarShot shot, Surroundings place, float elevation, float frame, float centre, int width, int height, int sections)
    {
        var shape = shot.Design.Shape;
        var profile = new Profile(shape);
        mesh.Build(shot.Design, profile, sections);
        (this.width, this.height) = (width, height);
        aspect = (float)width / height;
        shift = centre + shot.Shift;
        float degrees = shot.View switch
        {
            View.Front => 0,
            View.FrontThreeQuarter => 42,
            View.Side => 90,
            View.RearThreeQuarter => 138,
            _ => 180,
        };
        (sin, cos) = MathF.SinCos((degrees + shot.Turn) * MathF.PI / 180 * (shot.Facing == Facing.Right ? 1 : -1));
        (pitchSin, pitchCos) = MathF.SinCos(elevation * MathF.PI / 180);
        float extent = MathF.Max(1.65f, (MathF.Abs(sin) * shape.Length / 2) + (MathF.Abs(cos) * shape.Width / 2));
        float distance = (0.2f * shape.Length * MathF.Abs(cos)) + (extent * FocalLength / (FrameShare * frame / 2 * shot.Zoom));
        eye = new(-distance * pitchCos, 0, (distance * pitchSin) + Middle);
        shadowHalf = new((shape.Length / 2) - .25f, (shape.Width / 2) - .2f);
        Vector3 sun = InCar(place.Sun);
        shadowFall = new Vector2(sun.X, sun.Y) * (-0.35f / sun.Z);
        painter = new CarPainter(shot.Design, shot.Paint.Colour, profile, place, InCar(eye), sun, cos, sin);
    }

    /// <summary>Draws the triangles' numbers, nearest first.</summary>
    /// <param name="mirrored">Upside down, as a wet road shows it.</param>
    public void Rasterise(float[] nearest, int[] numbers, int tag, bool mirrored)
    {
        Project(mirrored);
        for (int t = 0; t < mesh.TriangleCount; t++)
        {
            int a = mesh.Triangles[t * 3];
            int b = mesh.Triangles[(t * 3) + 1];
            int c = mesh.Triangles[(t * 3) + 2];
            (float ax, float ay, float bx, float by, float cx, float cy) = (screenX[a], screenY[a], screenX[b], screenY[b], screenX[c], screenY[c]);
            float area = ((bx - ax) * (cy - ay)) - ((cx - ax) * (by - ay));
            if (MathF.Abs(area) < 1e-6f || (t < mesh.BodyTriangleCount && area < 0 != mirrored))
            {
                continue;
            }

            int left = Math.Max(0, (int)MathF.Ceiling(MathF.Min(ax, MathF.Min(bx, cx)) - 0.5f));
            int right = Math.Min(width - 1, (int)MathF.Floor(MathF.Max(ax, MathF.Max(bx, cx)) - 0.5f));
            int top = Math.Max(0, (int)MathF.Ceiling(MathF.Min(ay, MathF.Min(by, cy)) - 0.5f));
            int bottom = Math.Min(height - 1, (int)MathF.Floor(MathF.Max(ay, MathF.Max(by, cy)) - 0.5f));
            if (left > right || top > bottom)
            {
                continue;
            }

            float inverse = 1 / area;
            float stepA = (by - cy) * inverse;
            float stepB = (cy - ay) * inverse;
            (float za, float zb, float zc) = (depth[a], depth[b], depth[c]);
            float px = left + 0.5f;
            for (int y = top; y <= bottom; y++)
            {
                float py = y + 0.5f;
                float wa = (((bx - px) * (cy - py)) - ((cx - px) * (by - py))) * inverse;
                float wb = (((cx - px) * (ay - py)) - ((ax - px) * (cy - py))) * inverse;
                int at = (y * width) + left;
                for (int x = left; x <= right; x++, at++, wa += stepA, wb += stepB)
                {
                    float wc = 1 - wa - wb;
                    if (wa < -1e-4f || wb < -1e-4f || wc < -1e-4f)
                    {
                        continue;
                    }

                    float z = (wa * za) + (wb * zb) + (wc * zc);
                    if (z < nearest[at])
                    {
                        nearest[at] = z;
                        numbers[at] = tag | t;
                    }
                }
            }
        }
    }

    /// <summary>The colour of a triangle at a sample, and how high above the ground that is.</summary>
    public Vector3 Shade(int triangle, int x, int y, bool mirrored, out float heightAbove)
    {
        int a = mesh.Triangles[triangle * 3];
        int b = mesh.Triangles[(triangle * 3) + 1];
        int c = mesh.Triangles[(triangle * 3) + 2];
        float px = x + 0.5f;
        float py = y + 0.5f;
        (float ax, float ay) = OnScreen(a, mirrored);
        (float bx, float by) = OnScreen(b, mirrored);
        (float cx, float cy) = OnScreen(c, mirrored);
        float inverse = 1 / (((bx - ax) * (cy - ay)) - ((cx - ax) * (by - ay)));
        float wa = (((bx - px) * (cy - py)) - ((cx - px) * (by - py))) * inverse;
        float wb = (((cx - px) * (ay - py)) - ((ax - px) * (cy - py))) * inverse;
        float wc = 1 - wa - wb;
        Vector3 point = (mesh.Positions[a] * wa) + (mesh.Positions[b] * wb) + (mesh.Positions[c] * wc);
        Vector3 normal = (mesh.Normals[a] * wa) + (mesh.Normals[b] * wb) + (mesh.Normals[c] * wc);
        heightAbove = point.Z;
        return painter.Shade(point, normal / (normal.Length() + 1e-9f), mesh.Parts[a]);
    }

    /// <summary>Share of the ground's light that the car leaves.</summary>
    public float GroundLight(float u, float v, float strength)
    {
        float down = (v * pitchCos) - (FocalLength * pitchSin);
        if (down > -0.01f)
        {
            return 1;
        }

        float t = -eye.Z / down;
        Vector3 point = InCar(new(eye.X + (t * ((FocalLength * pitchCos) + (v * pitchSin))), -t * (u - shift), 0));
        return (1 - (strength / Fall(new Vector2(point.X, point.Y), 3.2f))) * (1 - (strength * 0.35f / Fall(new Vector2(point.X, point.Y) - shadowFall, 2)));
    }

    /// <summary>Where the car's lamps are on the picture, with how much of their light comes to the camera; head lamps or tail lamps.</summary>
    public IEnumerable<(float X, float Y, float Scale, float Strength)> Lamps(BodyLamps lamps)
    {
        Vector3 from = InCar(eye);
        foreach (Vector3 lamp in lamps.Points)
        {
            Vector3 towards = Vector3.Normalize(from - lamp);
            float strength = towards.X * MathF.Sign(lamp.X);
            if (strength > 0.1f)
            {
                (float x, float y, float z) = ToScreen(lamp);
                yield return (x, y, FocalLength * 0.5f * height / z, strength);
            }
        }
    }

    private float Fall(Vector2 point, float steepness)
    {
        Vector2 outside = Vector2.Max(Vector2.Zero, Vector2.Abs(point) - shadowHalf);
        float q = 1 + (steepness * outside.LengthSquared());
        return q * q * q;
    }

    private void Project(bool mirrored)
    {
        for (int i = 0; i < mesh.VertexCount; i++)
        {
            Vector3 p = mesh.Positions[i];
            (screenX[i], screenY[i], depth[i]) = ToScreen(mirrored ? p with { Z = -p.Z } : p);
        }
    }

    /// <summary>The mirrored car is projected first, and its places are overwritten by the upright one's.</summary>
    private (float X, float Y) OnScreen(int vertex, bool mirrored)
    {
        if (!mirrored)
        {
            return (screenX[vertex], screenY[vertex]);
        }

        Vector3 p = mesh.Positions[vertex];
        (float x, float y, _) = ToScreen(p with { Z = -p.Z });
        return (x, y);
    }

    private (float X, float Y, float Z) ToScreen(Vector3 p)
    {
        float x = -((cos * p.X) - (sin * p.Y)) - eye.X;
        float y = -((sin * p.X) + (cos * p.Y));
        float z = p.Z - eye.Z;
        float forward = (x * pitchCos) - (z * pitchSin);
        float up = (x * pitchSin) + (z * pitchCos);
        return ((((FocalLength * -y / forward) + shift) / aspect + 1) * 0.5f * width, (1 - (FocalLength * up / forward)) * 0.5f * height, forward);
    }

    /// <summary>A direction or a point of the scene, as the car sees it.</summary>
    private Vector3 InCar(Vector3 v) => new(-((cos * v.X) + (sin * v.Y)), -((-sin * v.X) + (cos * v.Y)), v.Z);
}

/// <summary>Where a design has its lamps.</summary>
internal readonly record struct BodyLamps(Vector3[] Points)
{
    public static BodyLamps Heads(CarShot shot) => At(shot, 1, 0.62f, shot.Design.Shape.Bonnet - 0.08f);

    public static BodyLamps Tails(CarShot shot) => At(shot, -1, 0.68f, shot.Design.Shape.Deck);

    private static BodyLamps At(CarShot shot, int end, float share, float top)
    {
        var shape = shot.Design.Shape;
        float z = shape.Clearance + (share * (top - shape.Clearance));
        float x = end * ((shape.Length / 2) - 0.08f);
        return new([new(x, 0.36f * shape.Width, z), new(x, -0.36f * shape.Width, z)]);
    }
}
