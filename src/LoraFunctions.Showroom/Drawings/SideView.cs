namespace LoraFunctions.Showroom.Drawings;

/// <summary>The car from its right side, front to the right; x = 0 in the middle of the car, y = 0 on the ground, metres.</summary>
internal static class SideView
{
    private static readonly Fill Shadow = new Colour(8, 9, 12);

    public static void Draw(Canvas canvas, CarShot shot)
    {
        var colours = new BodyColours(shot.Paint.Colour);
        canvas.Paint(Outline.Ellipse(0, 0.03, 2.65, 0.16), Shadow.Transparent(0.3));
        canvas.Paint(Outline.Ellipse(0, 0.03, 2.45, 0.10), Shadow.Transparent(0.5));
        if (shot.Design.Body == BodyStyle.Sedan)
        {
            DrawSedan(canvas, colours);
        }
        else
        {
            DrawWagon(canvas, colours);
        }

        if (canvas.IsNight)
        {
            var nose = shot.Design.Body == BodyStyle.Sedan ? (X: 2.38, Y: 0.70) : (X: 2.30, Y: 0.88);
            canvas.Glow(nose.X, nose.Y, 0.9, BodyColours.HeadLamp, 0.75);
            canvas.Glow(-2.38, 0.85, 0.45, BodyColours.TailLamp, 0.6);
        }
    }

    private static void DrawSedan(Canvas canvas, BodyColours colours)
    {
        var body = Outline.From(-2.36, 0.30)
            .Curve(-2.46, 0.45, -2.44, 0.80, -2.40, 0.96).Curve(-2.36, 1.01, -2.05, 1.05, -1.80, 1.06)
            .Curve(-1.30, 1.28, -0.85, 1.44, -0.20, 1.45).Curve(0.45, 1.45, 0.80, 1.25, 1.25, 0.99)
            .Curve(1.70, 0.93, 2.15, 0.88, 2.34, 0.72).Curve(2.46, 0.62, 2.46, 0.42, 2.40, 0.28)
            .To(2.30, 0.20).To(-2.26, 0.20);
        canvas.Paint(body, colours.Body);
        var windows = Outline.From(-1.58, 1.06)
            .Curve(-1.15, 1.25, -0.80, 1.37, -0.20, 1.38).Curve(0.35, 1.38, 0.68, 1.22, 1.06, 1.00).Curve(0.2, 1.03, -0.8, 1.06, -1.58, 1.06);
        canvas.Paint(windows, BodyColours.Glass);
        Pillar(canvas, -0.24, 1.02, -0.14, 1.40, colours);
        canvas.Line(-1.02, 1.02, -1.20, 1.27, 0.05, colours.Crease);
        // One line over the whole side, and another where light lies on the sill.
        canvas.Line(-2.38, 0.86, 2.20, 0.80, 0.018, colours.Highlight);
        canvas.Line(-1.0, 0.36, 1.1, 0.36, 0.03, colours.Crease);
        Door(canvas, 1.02, 0.96, 0.34, colours.Crease);
        Door(canvas, -0.20, 1.02, 0.34, colours.Crease);
        Door(canvas, -1.18, 1.03, 0.55, colours.Crease);
        // Hidden door handles: only their seams show.
        foreach (var x in new[] { 0.02, -1.02 })
        {
            canvas.Paint(Outline.RoundBox(x, 0.905, x + 0.22, 0.935, 0.015), colours.Crease);
            canvas.Paint(Outline.RoundBox(x + 0.008, 0.911, x + 0.212, 0.929, 0.01), colours.Paint.Lighter(0.06));
        }

        Mirror(canvas, 0.86, 1.00, colours);
        canvas.Paint(
            Outline.Polygon((1.92, 0.80), (2.30, 0.74), (2.38, 0.66), (2.10, 0.72)),
            new Fill(BodyColours.HeadLamp, BodyColours.HeadLamp.Darker(0.1), Shines: canvas.IsNight));
        canvas.Paint(
            Outline.Polygon((-2.42, 0.90), (-2.05, 0.92), (-2.05, 0.87), (-2.43, 0.83)),
            new Fill(BodyColours.TailLamp, BodyColours.TailLamp.Darker(0.2), Shines: canvas.IsNight));
        Wheel(canvas, -1.45, 0.345, spokes: 5);
        Wheel(canvas, 1.48, 0.345, spokes: 5);
    }

    private static void DrawWagon(Canvas canvas, BodyColours colours)
    {
        canvas.Paint(Outline.Box(-1.85, 1.66, 0.35, 1.70), BodyColours.Plastic);
        foreach (var x in new[] { -1.80, -0.75, 0.28 })
        {
            canvas.Paint(Outline.Box(x, 1.58, x + 0.07, 1.70), BodyColours.Plastic);
        }

        var body = Outline.From(-2.32, 0.34)
            .Curve(-2.40, 0.50, -2.40, 0.85, -2.36, 1.05).Curve(-2.30, 1.30, -2.20, 1.55, -2.02, 1.60)
            .Curve(-1.40, 1.66, 0.10, 1.66, 0.50, 1.60).Curve(0.85, 1.48, 1.05, 1.28, 1.28, 1.08)
            .Curve(1.70, 1.07, 2.15, 1.04, 2.28, 0.95).Curve(2.38, 0.80, 2.36, 0.50, 2.32, 0.34)
            .To(2.22, 0.24).To(-2.22, 0.24);
        canvas.Paint(body, colours.Body);
        var windows = Outline.From(-2.12, 1.10)
            .Curve(-2.08, 1.30, -2.02, 1.48, -1.90, 1.52).Curve(-1.3, 1.57, 0.1, 1.57, 0.42, 1.53).Curve(0.70, 1.42, 0.88, 1.26, 1.04, 1.09);
        canvas.Paint(windows, BodyColours.Glass);
        Pillar(canvas, -0.22, 1.06, -0.12, 1.59, colours);
        Pillar(canvas, -1.24, 1.06, -1.12, 1.59, colours);
        canvas.Line(-2.30, 1.00, 2.22, 0.96, 0.02, colours.Highlight);
        canvas.Paint(Outline.Box(-2.25, 0.22, 2.25, 0.40), BodyColours.Plastic);
        Door(canvas, 1.05, 1.06, 0.40, colours.Crease);
        Door(canvas, -0.17, 1.08, 0.40, colours.Crease);
        Door(canvas, -1.15, 1.08, 0.62, colours.Crease);
        foreach (var x in new[] { 0.02, -1.00 })
        {
            canvas.Paint(Outline.RoundBox(x, 0.90, x + 0.26, 0.96, 0.03), BodyColours.Rim);
            canvas.Paint(Outline.RoundBox(x + 0.02, 0.885, x + 0.24, 0.905, 0.01), colours.Crease);
        }

        Mirror(canvas, 0.88, 1.12, colours);
        canvas.Paint(
            Outline.Ellipse(2.22, 0.86, 0.09, 0.11),
            new Fill(BodyColours.HeadLamp, BodyColours.HeadLamp.Darker(0.15), Shines: canvas.IsNight));
        canvas.Paint(
            Outline.Polygon((-2.36, 1.12), (-2.24, 1.14), (-2.20, 0.78), (-2.38, 0.74)),
            new Fill(BodyColours.TailLamp, BodyColours.TailLamp.Darker(0.25), Shines: canvas.IsNight));
        Wheel(canvas, -1.42, 0.37, spokes: 10);
        Wheel(canvas, 1.42, 0.37, spokes: 10);
    }

    private static void Pillar(Canvas canvas, double left, double bottom, double right, double top, BodyColours colours) =>
        canvas.Paint(Outline.Box(left, bottom, right, top), colours.Crease.Darker(0.3));

    private static void Door(Canvas canvas, double x, double top, double bottom, Colour colour) =>
        canvas.Line(x, top, x + 0.02, bottom, 0.014, colour);

    private static void Mirror(Canvas canvas, double x, double y, BodyColours colours) =>
        canvas.Paint(Outline.RoundBox(x, y, x + 0.20, y + 0.12, 0.05), new Fill(colours.Paint.Lighter(0.1), colours.Paint.Darker(0.4)));

    private static void Wheel(Canvas canvas, double x, double radius, int spokes)
    {
        canvas.Paint(Outline.Ellipse(x, radius + 0.02, radius * 1.20, radius * 1.20), Colour.FromHex(0x101113));
        canvas.Paint(Outline.Ellipse(x, radius, radius, radius), BodyColours.Rubber);
        canvas.Paint(Outline.Ellipse(x, radius, radius * 0.70, radius * 0.70), BodyColours.Rim);
        canvas.Paint(Outline.Ellipse(x, radius, radius * 0.62, radius * 0.62), Colour.FromHex(0x3A3D43));
        for (var i = 0; i < spokes; i++)
        {
            var angle = (2 * Math.PI * i / spokes) + 0.3;
            var (endX, endY) = (x + (radius * 0.64 * Math.Cos(angle)), radius + (radius * 0.64 * Math.Sin(angle)));
            canvas.Line(x, radius, endX, endY, radius * (spokes > 6 ? 0.10 : 0.20), BodyColours.Rim);
        }

        canvas.Paint(Outline.Ellipse(x, radius, radius * 0.17, radius * 0.17), BodyColours.Rim.Darker(0.25));
    }
}
