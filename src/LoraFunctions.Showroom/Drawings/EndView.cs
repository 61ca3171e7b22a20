namespace LoraFunctions.Showroom.Drawings;

/// <summary>
/// The car from the front or the rear; x = 0 in its middle, y = 0 on the ground, metres. What comes in pairs is mirrored.
/// </summary>
internal static class EndView
{
    private static readonly Fill Shadow = new Colour(8, 9, 12);

    public static void Draw(Canvas canvas, CarShot shot)
    {
        var colours = new BodyColours(shot.Paint.Colour);
        var front = shot.View == CarView.Front;
        canvas.Paint(Outline.Ellipse(0, 0.02, 1.14, 0.11), Shadow.Transparent(0.3));
        canvas.Paint(Outline.Ellipse(0, 0.02, 1.02, 0.07), Shadow.Transparent(0.5));
        Both(canvas, Outline.RoundBox(0.60, 0, 0.88, 0.62, 0.06), BodyColours.Rubber);
        switch (shot.Design.Body, front)
        {
            case (BodyStyle.Sedan, true):
                SedanBody(canvas, colours, windowTop: 1.36, windowBottom: 1.00);
                SedanFront(canvas, colours);
                break;
            case (BodyStyle.Sedan, false):
                SedanBody(canvas, colours, windowTop: 1.35, windowBottom: 1.08);
                SedanRear(canvas, colours);
                break;
            case (_, true):
                WagonBody(canvas, colours, windowBottom: 1.10);
                WagonFront(canvas, colours);
                break;
            default:
                WagonBody(canvas, colours, windowBottom: 1.12);
                WagonRear(canvas, colours);
                break;
        }
    }

    private static void SedanBody(Canvas canvas, BodyColours colours, double windowTop, double windowBottom)
    {
        Both(canvas, Outline.RoundBox(0.86, 1.00, 1.06, 1.13, 0.05), new Fill(colours.Paint, colours.Paint.Darker(0.4)));
        canvas.Paint(
            Outline.From(-0.94, 0.30).Curve(-1.00, 0.55, -0.98, 0.85, -0.88, 0.99).Curve(-0.78, 1.20, -0.68, 1.38, -0.56, 1.43)
                .Curve(-0.30, 1.46, 0.30, 1.46, 0.56, 1.43).Curve(0.68, 1.38, 0.78, 1.20, 0.88, 0.99).Curve(0.98, 0.85, 1.00, 0.55, 0.94, 0.30)
                .To(0.86, 0.20).To(-0.86, 0.20),
            colours.Body);
        canvas.Paint(
            Outline.From(-0.78, windowBottom).Curve(-0.72, windowBottom + 0.15, -0.64, windowTop - 0.03, -0.54, windowTop)
                .Curve(-0.2, windowTop + 0.03, 0.2, windowTop + 0.03, 0.54, windowTop)
                .Curve(0.64, windowTop - 0.03, 0.72, windowBottom + 0.15, 0.78, windowBottom)
                .Curve(0.3, windowBottom - 0.05, -0.3, windowBottom - 0.05, -0.78, windowBottom),
            BodyColours.Glass);
    }

    private static void SedanFront(Canvas canvas, BodyColours colours)
    {
        canvas.Paint(
            Outline.From(-0.80, 0.94).Curve(-0.4, 0.90, 0.4, 0.90, 0.80, 0.94).Curve(0.5, 0.82, -0.5, 0.82, -0.80, 0.94),
            colours.Highlight);
        canvas.Line(-0.42, 0.92, -0.36, 0.76, 0.012, colours.Crease);
        canvas.Line(0.42, 0.92, 0.36, 0.76, 0.012, colours.Crease);
        // Slim lamps, no grille: air comes in below.
        Both(canvas, Outline.Polygon((0.40, 0.72), (0.90, 0.80), (0.91, 0.74), (0.46, 0.67)), BodyColours.Plastic);
        Both(
            canvas,
            Outline.Polygon((0.45, 0.715), (0.88, 0.785), (0.89, 0.75), (0.50, 0.685)),
            new Fill(BodyColours.HeadLamp, BodyColours.HeadLamp, Shines: canvas.IsNight));
        canvas.Paint(Outline.Polygon((-0.62, 0.42), (-0.50, 0.30), (0.50, 0.30), (0.62, 0.42)), BodyColours.Plastic);
        Both(canvas, Outline.Polygon((0.72, 0.52), (0.88, 0.56), (0.88, 0.36), (0.76, 0.36)), BodyColours.Plastic);
        Plate(canvas, 0.47);
        HeadLights(canvas, 0.68, 0.73);
    }

    private static void SedanRear(Canvas canvas, BodyColours colours)
    {
        canvas.Paint(
            Outline.From(-0.86, 1.00).Curve(-0.4, 1.06, 0.4, 1.06, 0.86, 1.00).Curve(0.4, 1.00, -0.4, 1.00, -0.86, 1.00),
            colours.Highlight);
        // The through-type lamp: one bar over the whole tail.
        canvas.Paint(Outline.RoundBox(-0.93, 0.79, 0.93, 0.90, 0.05), BodyColours.Plastic);
        canvas.Paint(
            Outline.RoundBox(-0.91, 0.82, 0.91, 0.87, 0.025),
            new Fill(BodyColours.TailLamp.Lighter(0.15), BodyColours.TailLamp, Shines: canvas.IsNight));
        Both(
            canvas,
            Outline.RoundBox(0.62, 0.80, 0.92, 0.89, 0.04),
            new Fill(BodyColours.TailLamp, BodyColours.TailLamp.Darker(0.25), Shines: canvas.IsNight));
        canvas.Line(-0.70, 0.60, 0.70, 0.60, 0.014, colours.Crease);
        canvas.Paint(Outline.Polygon((-0.78, 0.42), (-0.66, 0.26), (0.66, 0.26), (0.78, 0.42)), BodyColours.Plastic);
        Plate(canvas, 0.70);
        TailLights(canvas, 0.78, 0.845, bar: true);
    }

    private static void WagonBody(Canvas canvas, BodyColours colours, double windowBottom)
    {
        Both(canvas, Outline.RoundBox(0.88, 1.12, 1.08, 1.30, 0.05), new Fill(colours.Paint, colours.Paint.Darker(0.4)));
        Both(canvas, Outline.Box(0.56, 1.60, 0.62, 1.70), BodyColours.Plastic);
        canvas.Paint(
            Outline.From(-0.92, 0.34).Curve(-0.97, 0.60, -0.97, 0.95, -0.91, 1.10).Curve(-0.85, 1.35, -0.78, 1.55, -0.68, 1.61)
                .Curve(-0.35, 1.66, 0.35, 1.66, 0.68, 1.61).Curve(0.78, 1.55, 0.85, 1.35, 0.91, 1.10).Curve(0.97, 0.95, 0.97, 0.60, 0.92, 0.34)
                .To(0.86, 0.24).To(-0.86, 0.24),
            colours.Body);
        canvas.Paint(
            Outline.From(-0.82, windowBottom).To(-0.70, 1.50).Curve(-0.66, 1.56, -0.60, 1.57, -0.5, 1.57).To(0.5, 1.57)
                .Curve(0.60, 1.57, 0.66, 1.56, 0.70, 1.50).To(0.82, windowBottom),
            BodyColours.Glass);
        canvas.Paint(Outline.RoundBox(-0.90, 0.24, 0.90, 0.44, 0.06), BodyColours.Plastic);
    }

    private static void WagonFront(Canvas canvas, BodyColours colours)
    {
        canvas.Paint(Outline.Box(-0.86, 1.02, 0.86, 1.05), colours.Highlight);
        canvas.Paint(Outline.RoundBox(-0.52, 0.58, 0.52, 0.96, 0.08), BodyColours.Rim);
        canvas.Paint(Outline.RoundBox(-0.49, 0.61, 0.49, 0.93, 0.06), BodyColours.Rubber);
        for (var y = 0.66; y < 0.92; y += 0.06)
        {
            canvas.Paint(Outline.Box(-0.46, y, 0.46, y + 0.022), BodyColours.Rim);
        }

        foreach (var (radius, colour) in new[] { (0.17, BodyColours.Rim), (0.145, BodyColours.Plastic), (0.115, BodyColours.HeadLamp) })
        {
            Both(canvas, Outline.Ellipse(0.72, 0.80, radius, radius), new Fill(colour, colour, Shines: canvas.IsNight && radius < 0.12));
        }

        Plate(canvas, 0.48);
        HeadLights(canvas, 0.72, 0.80);
    }

    private static void WagonRear(Canvas canvas, BodyColours colours)
    {
        canvas.Line(-0.30, 1.14, 0.10, 1.20, 0.02, BodyColours.Rubber);
        canvas.Line(-0.80, 1.06, 0.80, 1.06, 0.016, colours.Crease);
        canvas.Line(-0.76, 0.52, 0.76, 0.52, 0.016, colours.Crease);
        // Upright lamps at both corners.
        Both(canvas, Outline.RoundBox(0.76, 0.62, 0.93, 1.16, 0.05), BodyColours.Plastic);
        Both(
            canvas,
            Outline.RoundBox(0.785, 0.80, 0.915, 1.13, 0.04),
            new Fill(BodyColours.TailLamp, BodyColours.TailLamp.Darker(0.25), Shines: canvas.IsNight));
        Both(canvas, Outline.RoundBox(0.785, 0.66, 0.915, 0.77, 0.03), Colour.FromHex(0xE8A13A));
        canvas.Paint(Outline.RoundBox(-0.34, 0.64, 0.34, 0.92, 0.03), colours.Crease);
        Plate(canvas, 0.70);
        TailLights(canvas, 0.85, 0.98, bar: false);
    }

    // A plate without a number: nothing a model could learn to write.
    private static void Plate(Canvas canvas, double y) =>
        canvas.Paint(Outline.RoundBox(-0.24, y, 0.24, y + 0.11, 0.015), new Fill(Colour.FromHex(0xF2F2EE), Colour.FromHex(0xDCDCD6)));

    private static void HeadLights(Canvas canvas, double x, double y)
    {
        if (canvas.IsNight)
        {
            canvas.Glow(x, y, 0.6, BodyColours.HeadLamp, 0.8);
            canvas.Glow(-x, y, 0.6, BodyColours.HeadLamp, 0.8);
        }
    }

    private static void TailLights(Canvas canvas, double x, double y, bool bar)
    {
        if (canvas.IsNight)
        {
            canvas.Glow(x, y, 0.4, BodyColours.TailLamp, 0.7);
            canvas.Glow(-x, y, 0.4, BodyColours.TailLamp, 0.7);
            canvas.Glow(0, y, bar ? 0.5 : 0.01, BodyColours.TailLamp, 0.4);
        }
    }

    private static void Both(Canvas canvas, Outline outline, Fill fill)
    {
        canvas.Paint(outline, fill);
        canvas.Paint(outline.Mirrored(), fill);
    }
}
