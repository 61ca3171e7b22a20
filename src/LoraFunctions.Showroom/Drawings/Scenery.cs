namespace LoraFunctions.Showroom.Drawings;

/// <summary>What lies behind and below the car, in units of the picture's height.</summary>
internal static class Scenery
{
    private static readonly Colour[] Walls =
    [
        Colour.FromHex(0xC9A68A), Colour.FromHex(0xB7BEC7), Colour.FromHex(0xD8C9A8),
        Colour.FromHex(0x9FAEB5), Colour.FromHex(0xBF8F7A), Colour.FromHex(0xCFCBC4),
    ];

    private static readonly Colour Warm = Colour.FromHex(0xFFD98A);

    /// <param name="ground">Where the car's wheels stand: 0 the top edge, 1 the bottom.</param>
    public static void Draw(Canvas canvas, Background background, double ground, Random random)
    {
        canvas.Place(1, 0.5, ground);
        if (background == Background.Plain)
        {
            DrawPlain(canvas, random);
        }
        else
        {
            DrawStreet(canvas, random);
        }
    }

    private static void DrawPlain(Canvas canvas, Random random)
    {
        var half = canvas.Aspect;
        var tint = Walls[random.Next(Walls.Length)].Lighter(0.55);
        canvas.Paint(Outline.Box(-half, 0.12, half, 1), new Fill(tint.Darker(0.12), tint.Lighter(0.5)));
        canvas.Paint(Outline.Box(-half, -0.6, half, 0.12), new Fill(tint.Darker(0.16), tint.Darker(0.34)));
    }

    private static void DrawStreet(Canvas canvas, Random random)
    {
        var half = canvas.Aspect;
        var sky = canvas.IsNight
            ? new Fill(Colour.FromHex(0x0B1230), Colour.FromHex(0x2A2F55), Shines: true)
            : new Fill(Colour.FromHex(0x6FA8DC), Colour.FromHex(0xDDEBF5));
        canvas.Paint(Outline.Box(-half, 0.10, half, 1), sky);
        DrawSkyObjects(canvas, random);
        for (var left = -half / 2 - (0.2 * random.NextDouble()); left < half / 2;)
        {
            var wide = 0.22 + (0.16 * random.NextDouble());
            DrawHouse(canvas, left, left + wide, 0.38 + (0.30 * random.NextDouble()), random);
            left += wide + (random.Next(3) == 0 ? 0.07 : 0);
        }

        for (var i = 0; i < 2; i++)
        {
            DrawTree(canvas, (random.NextDouble() - 0.5) * half, 0.25 + (0.08 * random.NextDouble()));
        }

        canvas.Paint(Outline.Box(-half, 0.085, half, 0.125), new Fill(Colour.FromHex(0xB9B7B0), Colour.FromHex(0x9C9A94)));
        canvas.Paint(Outline.Box(-half, 0.075, half, 0.087), Colour.FromHex(0x77756F));
        canvas.Paint(Outline.Box(-half, -0.6, half, 0.075), new Fill(Colour.FromHex(0x63666B), Colour.FromHex(0x4A4C51)));
        var offset = random.NextDouble() * 0.3;
        for (var x = -half - 0.3 + offset; x < half; x += 0.3)
        {
            canvas.Paint(
                Outline.Polygon((x, -0.115), (x + 0.02, -0.095), (x + 0.17, -0.095), (x + 0.16, -0.115)),
                Colour.FromHex(0xD9D6C8));
        }
    }

    private static void DrawSkyObjects(Canvas canvas, Random random)
    {
        for (var i = 0; i < 3; i++)
        {
            var (x, y) = ((random.NextDouble() - 0.5) * canvas.Aspect, 0.62 + (0.12 * random.NextDouble()));
            if (canvas.IsNight)
            {
                for (var star = 0; star < 6; star++)
                {
                    canvas.Paint(
                        Outline.Ellipse((random.NextDouble() - 0.5) * canvas.Aspect, 0.5 + (0.3 * random.NextDouble()), 0.002, 0.002),
                        new Fill(Warm.Lighter(0.6), Warm.Lighter(0.6), Shines: true));
                }
            }
            else
            {
                canvas.Paint(Outline.Ellipse(x, y, 0.10, 0.025), new Colour(255, 255, 255).Darker(0.02));
                canvas.Paint(Outline.Ellipse(x + 0.05, y + 0.018, 0.06, 0.026), new Colour(255, 255, 255));
            }
        }
    }

    private static void DrawHouse(Canvas canvas, double left, double right, double top, Random random)
    {
        var wall = Walls[random.Next(Walls.Length)];
        canvas.Paint(Outline.Box(left, 0.12, right, top), new Fill(wall, wall.Darker(0.12)));
        canvas.Paint(Outline.Box(left - 0.006, top - 0.012, right + 0.006, top + 0.006), wall.Darker(0.35));
        var columns = (int)((right - left) / 0.062);
        var step = (right - left) / columns;
        for (var column = 0; column < columns; column++)
        {
            for (var bottom = 0.20; bottom + 0.06 < top - 0.02; bottom += 0.085)
            {
                var x = left + (column * step) + (step * 0.24);
                var lit = canvas.IsNight && random.Next(5) < 2;
                var glass = lit ? Warm : Colour.FromHex(0x5E7488);
                canvas.Paint(Outline.Box(x, bottom, x + (step * 0.52), bottom + 0.052), new Fill(glass, glass.Darker(0.2), Shines: lit));
            }
        }
    }

    private static void DrawTree(Canvas canvas, double x, double height)
    {
        canvas.Paint(Outline.Box(x - 0.008, 0.11, x + 0.008, height), Colour.FromHex(0x6B4F3A));
        canvas.Paint(Outline.Ellipse(x, height + 0.03, 0.075, 0.085), new Fill(Colour.FromHex(0x5E8F4E), Colour.FromHex(0x3E6B38)));
        canvas.Paint(
            Outline.Ellipse(x - 0.025, height + 0.055, 0.04, 0.04),
            Colour.FromHex(0x76A863).Towards(Colour.FromHex(0x5E8F4E), 0.3));
    }
}
