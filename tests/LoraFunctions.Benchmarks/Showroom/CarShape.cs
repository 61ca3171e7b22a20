using LoraFunctions.Cli.Tests.Nightly;
using LoraFunctions.Imaging;
using LoraFunctions.Imaging.Pixels;

namespace LoraFunctions.Benchmarks.Showroom;

/// <summary>
/// What shape a brightly painted car has, by its colour alone: where in its own box there is paint, the box's proportions, and which way the
/// edges around it run. Knows nothing of CLIP or of the place behind the car.
/// </summary>
internal sealed class CarShape
{
    private const int Columns = 24;
    private const int Rows = 14;
    private const int EdgeColumns = 12;
    private const int EdgeRows = 7;
    private const int Angles = 6;

    private CarShape(float[] paint, float[] edges) => Features = [.. Unit(paint), .. Unit(edges)];

    /// <summary>Where there is paint, and the edges: two parts of length 1.</summary>
    public double[] Features { get; }

    /// <returns>Null where hardly anything is painted so: there is no such car.</returns>
    public static CarShape? Of(RgbImage image, double hue)
    {
        var painted = Largest(Painted(image, hue), image.Width, image.Height, out var box);
        if (box.Area < image.Width * image.Height / 60)
        {
            return null;
        }

        // Roofs may be black and wheels always are: the region reaches beyond the paint.
        var top = Math.Max(0, box.Top - (box.Height * 45 / 100));
        var bottom = Math.Min(image.Height, box.Bottom + (box.Height * 25 / 100));
        var left = Math.Max(0, box.Left - (box.Width * 6 / 100));
        var right = Math.Min(image.Width, box.Right + (box.Width * 6 / 100));
        var region = Resizer.Crop(image, left, top, right - left, bottom - top);
        return new CarShape(Occupancy(painted, image.Width, box), Edges(Resizer.Resize(region, 96, 56)));
    }

    private static IEnumerable<double> Unit(float[] values)
    {
        var length = Math.Sqrt(Math.Max(1e-12, values.Sum(value => (double)value * value)));
        return values.Select(value => value / length);
    }

    private static bool[] Painted(RgbImage image, double hue)
    {
        var painted = new bool[image.Width * image.Height];
        for (var i = 0; i < painted.Length; i++)
        {
            var pixel = image.Pixels.AsSpan(3 * i, 3);
            var (most, least) = (Math.Max(pixel[0], Math.Max(pixel[1], pixel[2])), Math.Min(pixel[0], Math.Min(pixel[1], pixel[2])));
            if (most < 45 || most - least < 0.4 * most)
            {
                continue;
            }

            var angle = MeasuredPaint.Hue(pixel, most, most - least);
            painted[i] = Math.Abs(((angle - hue + 540) % 360) - 180) < 22;
        }

        return painted;
    }

    /// <summary>The largest group of neighbours within two pixels; pillars and handles part a body into pieces that near.</summary>
    private static bool[] Largest(bool[] painted, int width, int height, out Box best)
    {
        best = default;
        var seen = new bool[painted.Length];
        var largest = new bool[painted.Length];
        var stack = new Stack<int>();
        for (var start = 0; start < painted.Length; start++)
        {
            if (!painted[start] || seen[start])
            {
                continue;
            }

            var members = new List<int>();
            seen[start] = true;
            stack.Push(start);
            while (stack.TryPop(out var at))
            {
                members.Add(at);
                for (var y = Math.Max(0, (at / width) - 2); y <= Math.Min(height - 1, (at / width) + 2); y++)
                {
                    for (var x = Math.Max(0, (at % width) - 2); x <= Math.Min(width - 1, (at % width) + 2); x++)
                    {
                        var next = (y * width) + x;
                        if (painted[next] && !seen[next])
                        {
                            seen[next] = true;
                            stack.Push(next);
                        }
                    }
                }
            }

            if (members.Count > best.Area)
            {
                best = new Box(
                    members.Min(m => m % width), members.Min(m => m / width), members.Max(m => m % width) + 1, members.Max(m => m / width) + 1, members.Count);
                largest = new bool[painted.Length];
                members.ForEach(m => largest[m] = true);
            }
        }

        return largest;
    }

    /// <summary>The share of paint in every cell of the box, and its proportions.</summary>
    private static float[] Occupancy(bool[] painted, int width, Box box)
    {
        var cells = new float[(Columns * Rows) + 1];
        for (var y = box.Top; y < box.Bottom; y++)
        {
            for (var x = box.Left; x < box.Right; x++)
            {
                var cell = ((y - box.Top) * Rows / box.Height * Columns) + ((x - box.Left) * Columns / box.Width);
                cells[cell] += painted[(y * width) + x] ? (float)(Columns * Rows) / (box.Width * box.Height) : 0;
            }
        }

        cells[^1] = 8 * (float)Math.Log((double)box.Width / box.Height);
        return cells;
    }

    /// <summary>Directions of the edges, cell by cell, each cell to length one (as HOG, Dalal and Triggs 2005, without its overlapping blocks).</summary>
    private static float[] Edges(RgbImage image)
    {
        var histogram = new float[EdgeColumns * EdgeRows * Angles];
        float Grey(int x, int y)
        {
            var pixel = image.Pixels.AsSpan(3 * ((y * image.Width) + x), 3);
            return MathF.Sqrt((0.3f * pixel[0]) + (0.59f * pixel[1]) + (0.11f * pixel[2]));
        }

        for (var y = 1; y < image.Height - 1; y++)
        {
            for (var x = 1; x < image.Width - 1; x++)
            {
                var (across, down) = (Grey(x + 1, y) - Grey(x - 1, y), Grey(x, y + 1) - Grey(x, y - 1));
                var angle = (int)((Math.Atan2(down, across) + Math.PI) / Math.PI * Angles) % Angles;
                var cell = (y * EdgeRows / image.Height * EdgeColumns) + (x * EdgeColumns / image.Width);
                histogram[(cell * Angles) + angle] += MathF.Sqrt((across * across) + (down * down));
            }
        }

        for (var cell = 0; cell < EdgeColumns * EdgeRows; cell++)
        {
            var part = histogram.AsSpan(cell * Angles, Angles);
            var length = 4f;
            foreach (var value in part)
            {
                length += value * value;
            }

            foreach (ref var value in part)
            {
                value /= MathF.Sqrt(length);
            }
        }

        return histogram;
    }

    private readonly record struct Box(int Left, int Top, int Right, int Bottom, int Area)
    {
        public int Width => Right - Left;

        public int Height => Bottom - Top;
    }
}
