namespace LoraFunctions.Showroom.Drawings;

/// <summary>The dashboard from between the seats, in units of the picture's height; y = 0 at the bottom edge.</summary>
internal static class InteriorView
{
    public static void Draw(Canvas canvas, CarShot shot, double zoom, Random random)
    {
        Scenery.Draw(canvas, shot.Background, ground: 0.62, random);
        canvas.Place(1 / zoom, 0.5, 1);
        var half = canvas.Aspect;
        var trim = shot.Paint.Colour;
        var dark = Colour.FromHex(0x34363B);

        // Roof lining, pillars and mirror frame the windscreen.
        canvas.Paint(
            Outline.From(-half, 1.2).To(-half, 0.80).Curve(-0.4, 0.90, 0.4, 0.90, half, 0.80).To(half, 1.2),
            new Fill(Colour.FromHex(0x8E8A83), Colour.FromHex(0xB5B1A9)));
        canvas.Paint(Outline.Polygon((-0.50, 0.95), (-0.72, 0.95), (-1.0, 0.45), (-0.66, 0.45)), Colour.FromHex(0x77736C));
        canvas.Paint(Outline.Polygon((0.50, 0.95), (0.72, 0.95), (1.0, 0.45), (0.66, 0.45)), Colour.FromHex(0x77736C));
        canvas.Paint(Outline.RoundBox(-0.09, 0.77, 0.09, 0.83, 0.025), Colour.FromHex(0x1D1E21));
        canvas.Paint(Outline.RoundBox(-0.08, 0.777, 0.08, 0.823, 0.02), BodyColours.Glass);

        canvas.Paint(
            Outline.From(-half, -0.2).To(-half, 0.50).Curve(-0.5, 0.56, 0.5, 0.56, half, 0.50).To(half, -0.2),
            new Fill(dark.Lighter(0.12), dark.Darker(0.45)));
        canvas.Paint(
            Outline.From(-half, 0.36).Curve(-0.4, 0.41, 0.4, 0.41, half, 0.36).To(half, 0.31).Curve(0.4, 0.36, -0.4, 0.36, -half, 0.31),
            new Fill(trim.Lighter(0.1), trim.Darker(0.25)));
        if (shot.Design.Body == BodyStyle.Sedan)
        {
            DrawSedan(canvas);
        }
        else
        {
            DrawWagon(canvas);
        }
    }

    private static void DrawSedan(Canvas canvas)
    {
        // One large screen in the middle, a flat-bottomed wheel.
        canvas.Paint(Outline.RoundBox(-0.05, 0.22, 0.34, 0.50, 0.02), Colour.FromHex(0x0E0F12));
        canvas.Paint(
            Outline.RoundBox(-0.035, 0.235, 0.325, 0.485, 0.012),
            new Fill(Colour.FromHex(0x2F7FC1), Colour.FromHex(0x14304F), Shines: canvas.IsNight));
        canvas.Paint(
            Outline.Polygon((0.02, 0.24), (0.12, 0.34), (0.20, 0.36), (0.30, 0.48), (0.27, 0.48), (0.18, 0.38), (0.10, 0.36), (-0.02, 0.24)),
            new Fill(Colour.FromHex(0xBFE3FF), Colour.FromHex(0xBFE3FF), Shines: canvas.IsNight));
        canvas.Paint(
            Outline.RoundBox(-0.54, 0.40, -0.18, 0.47, 0.015),
            new Fill(Colour.FromHex(0x1C4F7C), Colour.FromHex(0x0F2233), Shines: canvas.IsNight));
        canvas.Paint(Outline.RoundBox(-0.06, -0.2, 0.20, 0.16, 0.04), Colour.FromHex(0x202226));
        SteeringWheel(canvas, -0.36, 0.20, flatBottom: true);
    }

    private static void DrawWagon(Canvas canvas)
    {
        // Two dials under a hood, vents and buttons, a gear lever, a round wheel.
        canvas.Paint(Outline.From(-0.60, 0.38).Curve(-0.58, 0.56, -0.14, 0.56, -0.12, 0.38), Colour.FromHex(0x1B1C1F));
        foreach (var x in new[] { -0.47, -0.25 })
        {
            canvas.Paint(Outline.Ellipse(x, 0.44, 0.085, 0.085), Colour.FromHex(0xC9CCD1));
            canvas.Paint(
                Outline.Ellipse(x, 0.44, 0.077, 0.077),
                new Fill(Colour.FromHex(0xF4F1E6), Colour.FromHex(0xDEDACB), Shines: canvas.IsNight));
            canvas.Line(x, 0.44, x + 0.045, 0.475, 0.008, Colour.FromHex(0xC4281C));
        }

        foreach (var x in new[] { 0.0, 0.20 })
        {
            canvas.Paint(Outline.RoundBox(x, 0.40, x + 0.16, 0.48, 0.02), Colour.FromHex(0x17181A));
            for (var y = 0.415; y < 0.47; y += 0.018)
            {
                canvas.Line(x + 0.01, y, x + 0.15, y, 0.006, Colour.FromHex(0x5A5D63));
            }
        }

        canvas.Paint(Outline.RoundBox(0.02, 0.08, 0.34, 0.29, 0.02), Colour.FromHex(0x202226));
        for (var i = 0; i < 8; i++)
        {
            canvas.Paint(
                Outline.RoundBox(0.05 + (i % 4 * 0.07), 0.12 + (i / 4 * 0.08), 0.10 + (i % 4 * 0.07), 0.17 + (i / 4 * 0.08), 0.01),
                Colour.FromHex(0x8B8F96));
        }

        canvas.Line(0.20, -0.05, 0.22, 0.10, 0.03, Colour.FromHex(0x9A9DA3));
        canvas.Paint(Outline.Ellipse(0.22, 0.11, 0.035, 0.035), Colour.FromHex(0x121315));
        SteeringWheel(canvas, -0.36, 0.20, flatBottom: false);
    }

    private static void SteeringWheel(Canvas canvas, double x, double y, bool flatBottom)
    {
        const double Outer = 0.235;
        const double Thickness = 0.035;
        var rim = Colour.FromHex(0x101114);
        const int Parts = 60;
        for (var i = 0; i < Parts; i++)
        {
            var (a, b) = (Point(i), Point(i + 1.15));
            canvas.Line(a.X, a.Y, b.X, b.Y, Thickness, rim);
        }

        canvas.Line(x - 0.2, y + 0.01, x + 0.2, y + 0.01, 0.05, rim);
        canvas.Line(x, y, x, y - (flatBottom ? 0.15 : 0.22), 0.05, rim);
        canvas.Paint(
            flatBottom ? Outline.RoundBox(x - 0.09, y - 0.05, x + 0.09, y + 0.06, 0.03) : Outline.Ellipse(x, y, 0.08, 0.08),
            new Fill(Colour.FromHex(0x3C3F45), Colour.FromHex(0x1A1B1E)));

        (double X, double Y) Point(double i)
        {
            var angle = 2 * Math.PI * i / Parts;
            var down = Outer * Math.Sin(angle);
            return (x + (Outer * Math.Cos(angle)), y + (flatBottom ? Math.Max(down, -0.15) : down));
        }
    }
}
