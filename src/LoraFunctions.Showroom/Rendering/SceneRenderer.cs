using System.Numerics;
using LoraFunctions.Imaging;
using LoraFunctions.Showroom.Scenes;

namespace LoraFunctions.Showroom.Rendering;

/// <summary>
/// Draws a scene with a z-buffer at twice the size: first which triangle is nearest at every sample, then the light of those that are seen.
/// The same scene at the same size is the same picture, byte for byte. Not for several threads at once: it keeps its arrays.
/// </summary>
public sealed class SceneRenderer
{
    private const int Over = 2;
    private const int CarShift = 20;
    private const int Nothing = -1;
    private static readonly byte[] Tone = [.. Enumerable.Range(0, 1025).Select(i => (byte)(255 * MathF.Pow(i / 1024f, .85f)))];

    private readonly CarLayer[] layers = [new(), new()];
    private float[] nearest = [];
    private int[] numbers = [];
    private int[] mirrored = [];

    /// <exception cref="ArgumentException">No car or more than two, or a side smaller than one pixel.</exception>
    public DrawnPicture Draw(Scene scene, int width, int height)
    {
        ArgumentNullException.ThrowIfNull(scene);
        ArgumentOutOfRangeException.ThrowIfLessThan(width, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(height, 1);
        if (scene.Cars.Count is < 1 or > 2)
        {
            throw new ArgumentException($"The scene has {scene.Cars.Count} cars; one or two can be drawn.", nameof(scene));
        }

        var image = new RgbImage(width, height);
        var mask = new byte[width * height];
        var place = new Surroundings(scene.Place, scene.Seed);
        if (scene.Cars[0].View == View.Interior)
        {
            var cabin = new CabinPainter(scene.Cars[0].Design, place, scene.Seed);
            Array.Fill(mask, (byte)1);
            Resolve(image, mask: null, (u, v, _, _) => cabin.Shade(u, v));
            return new DrawnPicture(image, mask, [new PixelBox(0, 0, width, height)]);
        }

        float aspect = (float)width / height;
        int sections = height > 300 ? 84 : 44;
        Prepare(width * Over * height * Over, place.IsWet);
        for (int i = 0; i < scene.Cars.Count; i++)
        {
            float frame = 2 * aspect / scene.Cars.Count;
            float centre = scene.Cars.Count == 1 ? 0 : (i - 0.5f) * frame;
            layers[i].Place(scene.Cars[i], place, scene.Elevation, frame, centre, width * Over, height * Over, sections);
            if (place.IsWet)
            {
                layers[i].Rasterise(nearest, mirrored, i << CarShift, mirrored: true);
            }
        }

        Array.Fill(nearest, float.MaxValue);
        for (int i = 0; i < scene.Cars.Count; i++)
        {
            layers[i].Rasterise(nearest, numbers, i << CarShift, mirrored: false);
        }

        var background = new Background(place, scene, layers);
        int stride = width * Over;
        Resolve(image, mask, (u, v, x, y) =>
        {
            int at = (y * stride) + x;
            if (numbers[at] != Nothing)
            {
                return layers[numbers[at] >> CarShift].Shade(numbers[at] & ((1 << CarShift) - 1), x, y, mirrored: false, out _);
            }

            Vector3 colour = background.At(u, v);
            if (!place.IsWet || mirrored[at] == Nothing)
            {
                return colour;
            }

            Vector3 image = layers[mirrored[at] >> CarShift].Shade(mirrored[at] & ((1 << CarShift) - 1), x, y, mirrored: true, out float above);
            return Numbers.Mix(colour, image, 0.42f * (1 - Numbers.Smooth(0, 1.3f, above)));
        });
        Effects.Apply(image, scene, layers, Over);
        return new DrawnPicture(image, mask, [.. scene.Cars.Select((_, i) => Box(mask, width, height, (byte)(i + 1)))]);
    }

    private void Prepare(int samples, bool wet)
    {
        if (nearest.Length != samples)
        {
            nearest = new float[samples];
            numbers = new int[samples];
        }

        Array.Fill(numbers, Nothing);
        if (wet)
        {
            mirrored = mirrored.Length == samples ? mirrored : new int[samples];
            Array.Fill(mirrored, Nothing);
            Array.Fill(nearest, float.MaxValue);
        }
    }

    /// <summary>Four samples to a pixel, and the mask where it is asked for.</summary>
    private void Resolve(RgbImage image, byte[]? mask, Func<float, float, int, int, Vector3> sample)
    {
        int width = image.Width;
        int height = image.Height;
        float aspect = (float)width / height;
        for (int y = 0; y < height; y++)
        {
            for (int x = 0; x < width; x++)
            {
                Vector3 sum = Vector3.Zero;
                int cars = 0;
                byte car = 0;
                for (int k = 0; k < Over * Over; k++)
                {
                    int sx = (x * Over) + (k & 1);
                    int sy = (y * Over) + (k >> 1);
                    float u = (((sx + .5f) / (width * Over) * 2) - 1) * aspect;
                    float v = 1 - ((sy + .5f) / (height * Over) * 2);
                    sum += Vector3.Clamp(sample(u, v, sx, sy), Vector3.Zero, Vector3.One);
                    if (mask is not null && numbers[(sy * width * Over) + sx] is var number && number != Nothing)
                    {
                        cars++;
                        car = (byte)((number >> CarShift) + 1);
                    }
                }

                int at = (y * width) + x;
                sum *= 1024f / (Over * Over);
                image.Pixels[at * 3] = Tone[(int)sum.X];
                image.Pixels[(at * 3) + 1] = Tone[(int)sum.Y];
                image.Pixels[(at * 3) + 2] = Tone[(int)sum.Z];
                if (cars >= 2)
                {
                    mask![at] = car;
                }
            }
        }
    }

    private static PixelBox Box(byte[] mask, int width, int height, byte car)
    {
        (int left, int top, int right, int bottom) = (width, height, 0, 0);
        for (int y = 0; y < height; y++)
        {
            ReadOnlySpan<byte> row = mask.AsSpan(y * width, width);
            int first = row.IndexOf(car);
            if (first >= 0)
            {
                (left, right) = (Math.Min(left, first), Math.Max(right, row.LastIndexOf(car) + 1));
                (top, bottom) = (Math.Min(top, y), y + 1);
            }
        }

        return right == 0 ? default : new PixelBox(left, top, right, bottom);
    }

    /// <summary>The place behind the cars, with their shadows on the ground.</summary>
    private sealed class Background(Surroundings place, Scene scene, CarLayer[] layers)
    {
        private const float Distance = 9;
        private readonly float horizon = CarLayer.FocalLength * MathF.Tan(scene.Elevation * MathF.PI / 180);
        private readonly float eyeHeight = (Distance * MathF.Sin(scene.Elevation * MathF.PI / 180)) + 0.62f;
        private readonly float strength = scene.Place is Place.Night or Place.Rain ? 0.6f : 0.78f;

        public Vector3 At(float u, float v)
        {
            float over = v - horizon;
            if (over > 0)
            {
                return place.Above(u, over);
            }

            float distance = eyeHeight * CarLayer.FocalLength / (1e-3f - over);
            Vector3 colour = place.Floor(u / CarLayer.FocalLength * distance, distance);
            for (int i = 0; i < scene.Cars.Count; i++)
            {
                colour *= layers[i].GroundLight(u, v, strength);
            }

            return colour;
        }
    }
}
