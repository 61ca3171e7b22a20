using System.Globalization;
using LoraFunctions.Imaging;
using LoraFunctions.Imaging.Marking;

namespace LoraFunctions.Jobs.Training.Log;

/// <summary>
/// Draws losses over steps: every step as a faint dot, a moving mean as a line, and the validation loss as a second line, which parts from
/// the first where training overfits. The same numbers give the same pixels.
/// </summary>
internal static class LossPlot
{
    private const int Width = 960;
    private const int Height = 540;
    private const int Left = 80;
    private const int Right = 24;
    private const int Top = 48;
    private const int Bottom = 56;
    private const int LabelEm = 16;
    private const int TitleEm = 20;

    /// <summary>About how many grid lines an axis gets.</summary>
    private const int GridLines = 6;

    /// <summary>The mean takes a twentieth of the steps.</summary>
    private const int MeanParts = 20;

    private static readonly (byte R, byte G, byte B) Ink = (40, 40, 40);
    private static readonly (byte R, byte G, byte B) Grid = (225, 225, 225);
    private static readonly (byte R, byte G, byte B) Dot = (160, 190, 225);
    private static readonly (byte R, byte G, byte B) Line = (20, 90, 170);
    private static readonly (byte R, byte G, byte B) ValidationLine = (200, 90, 20);

    /// <param name="losses">Step (from 1, rising) and loss; none gives empty axes.</param>
    /// <param name="validations">On held-out photos, at the end of epochs.</param>
    public static RgbImage Draw(
        string title,
        IReadOnlyList<(int Step, double Loss)> losses,
        IReadOnlyList<(int Step, double Loss)>? validations = null)
    {
        validations ??= [];
        var image = new RgbImage(Width, Height);
        Array.Fill(image.Pixels, (byte)255);
        var (highest, last) = (
            Math.Max(losses.Concat(validations).Select(l => l.Loss).DefaultIfEmpty(1).Max(), 1e-9),
            losses.Select(l => l.Step).DefaultIfEmpty(1).Last());
        var (yStep, xStep) = (NiceStep(highest / GridLines), Math.Max(1, NiceStep((double)last / GridLines)));
        var (yTop, xEnd) = (Math.Ceiling(highest / yStep) * yStep, Math.Max(last, xStep));

        Text(image, Shown(title), TitleEm, (Width / 2), Top / 2, anchor: 0.5);
        for (var y = 0.0; y <= yTop + (yStep / 2); y += yStep)
        {
            Segment(image, (Left, Y(y)), (Width - Right, Y(y)), Grid, radius: 0.5);
            Text(image, y.ToString("0.#####", CultureInfo.InvariantCulture), LabelEm, Left - 8, (int)Y(y), anchor: 1);
        }

        for (var x = 0.0; x <= xEnd; x += xStep)
        {
            Segment(image, (X(x), Top), (X(x), Height - Bottom), Grid, radius: 0.5);
            Text(image, x.ToString("0", CultureInfo.InvariantCulture), LabelEm, (int)X(x), Height - Bottom + 16, anchor: 0.5);
        }

        Segment(image, (Left, Top), (Left, Height - Bottom), Ink, radius: 0.7);
        Segment(image, (Left, Height - Bottom), (Width - Right, Height - Bottom), Ink, radius: 0.7);
        Text(image, "step", LabelEm, (Left + Width - Right) / 2, Height - 16, anchor: 0.5);
        Text(image, "loss", LabelEm, Left - 8, Top - 18, anchor: 1);

        foreach (var (step, loss) in losses)
        {
            Segment(image, (X(step), Y(loss)), (X(step), Y(loss)), Dot, radius: 1.6);
        }

        Curve(MovingMeans(losses), Line);
        Curve(validations, ValidationLine);
        foreach (var (step, loss) in validations)
        {
            // A single one has no line.
            Segment(image, (X(step), Y(loss)), (X(step), Y(loss)), ValidationLine, radius: 2.4);
        }

        if (validations.Count > 0)
        {
            Text(image, "training", LabelEm, Width - Right - 120, Top - 18, anchor: 1, Line);
            Text(image, "validation", LabelEm, Width - Right, Top - 18, anchor: 1, ValidationLine);
        }

        return image;

        void Curve(IReadOnlyList<(int Step, double Loss)> points, (byte R, byte G, byte B) colour)
        {
            for (var i = 1; i < points.Count; i++)
            {
                Segment(
                    image,
                    (X(points[i - 1].Step), Y(points[i - 1].Loss)),
                    (X(points[i].Step), Y(points[i].Loss)),
                    colour,
                    radius: 1.2);
            }
        }

        double X(double step) => Left + (step / xEnd * (Width - Right - Left));
        double Y(double loss) => Height - Bottom - (loss / yTop * (Height - Bottom - Top));
    }

    /// <summary>Mean of the steps around each step.</summary>
    internal static List<(int Step, double Loss)> MovingMeans(IReadOnlyList<(int Step, double Loss)> losses)
    {
        var reach = losses.Count / MeanParts / 2;
        return
        [
            .. losses.Select(
                (loss, i) =>
                {
                    var (from, to) = (Math.Max(0, i - reach), Math.Min(losses.Count - 1, i + reach));
                    return (loss.Step, losses.Skip(from).Take(to - from + 1).Average(l => l.Loss));
                }),
        ];
    }

    /// <summary>1, 2 or 5 times a power of ten, not below <paramref name="least"/>.</summary>
    internal static double NiceStep(double least)
    {
        var power = Math.Pow(10, Math.Floor(Math.Log10(least)));
        return new[] { 1, 2, 5, 10 }.Select(f => f * power).First(s => s >= least * (1 - 1e-9));
    }

    private static string Shown(string title) => string.Concat(title.Select(c => char.IsControl(c) ? ' ' : c));

    /// <param name="anchor">Which part of the text lies left of <paramref name="x"/>.</param>
    private static void Text(
        RgbImage image,
        string text,
        int em,
        int x,
        int yMiddle,
        double anchor,
        (byte R, byte G, byte B)? colour = null)
    {
        var mask = TextMask.Render(text, em);
        mask.DrawOn(image, x - (int)(mask.Width * anchor), yMiddle - (mask.Height / 2), colour ?? Ink);
    }

    /// <summary>A line with round ends and a soft edge of one pixel.</summary>
    private static void Segment(
        RgbImage image,
        (double X, double Y) a,
        (double X, double Y) b,
        (byte R, byte G, byte B) colour,
        double radius)
    {
        var (dx, dy) = (b.X - a.X, b.Y - a.Y);
        var lengthSquared = (dx * dx) + (dy * dy);
        var reach = radius + 1;
        for (
            var y = Math.Max(0, (int)(Math.Min(a.Y, b.Y) - reach));
            y <= Math.Min(image.Height - 1, (int)(Math.Max(a.Y, b.Y) + reach));
            y++)
        {
            for (
                var x = Math.Max(0, (int)(Math.Min(a.X, b.X) - reach));
                x <= Math.Min(image.Width - 1, (int)(Math.Max(a.X, b.X) + reach));
                x++)
            {
                var t = lengthSquared == 0 ? 0 : Math.Clamp((((x - a.X) * dx) + ((y - a.Y) * dy)) / lengthSquared, 0, 1);
                var (px, py) = (x - a.X - (t * dx), y - a.Y - (t * dy));
                var cover = Math.Clamp(radius + 0.5 - Math.Sqrt((px * px) + (py * py)), 0, 1);
                if (cover > 0)
                {
                    var at = ((y * image.Width) + x) * 3;
                    image.Pixels[at] = Mix(image.Pixels[at], colour.R, cover);
                    image.Pixels[at + 1] = Mix(image.Pixels[at + 1], colour.G, cover);
                    image.Pixels[at + 2] = Mix(image.Pixels[at + 2], colour.B, cover);
                }
            }
        }
    }

    private static byte Mix(byte below, byte above, double part) => (byte)Math.Round(below + ((above - below) * part));
}
