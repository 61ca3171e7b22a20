namespace LoraFunctions.Imaging.Pixels;

/// <summary>
/// For every new pixel of one side: the first old pixel it is made of, and how much each counts. The weights of a pixel sum to 1.
/// </summary>
internal sealed record ResizeWeights(int[] First, float[][] Weights)
{
    private const double CubicA = -0.5;
    private const double CubicRadius = 2;

    public static ResizeWeights For(int oldSide, int newSide, ResizeFilter filter)
    {
        var first = new int[newSide];
        var weights = new float[newSide][];
        var scale = (double)oldSide / newSide;
        for (var i = 0; i < newSide; i++)
        {
            (first[i], weights[i]) = filter == ResizeFilter.Area ? Area(i, scale, oldSide) : Bicubic(i, scale, oldSide);
        }

        return new ResizeWeights(first, weights);
    }

    private static (int First, float[] Weights) Area(int pixel, double scale, int oldSide)
    {
        var (from, to) = (pixel * scale, Math.Min((pixel + 1) * scale, oldSide));
        var first = Math.Min((int)from, oldSide - 1);
        var last = Math.Max(first, (int)Math.Ceiling(to) - 1);
        return (first, Normalised(first, last, i => Math.Min(i + 1, to) - Math.Max(i, from)));
    }

    private static (int First, float[] Weights) Bicubic(int pixel, double scale, int oldSide)
    {
        var stretch = Math.Max(scale, 1);
        var centre = (pixel + 0.5) * scale;
        var first = Math.Max(0, (int)Math.Floor(centre - (CubicRadius * stretch)));
        var last = Math.Min(oldSide - 1, (int)Math.Ceiling(centre + (CubicRadius * stretch)) - 1);
        return (first, Normalised(first, last, i => Cubic(Math.Abs((i + 0.5 - centre) / stretch))));
    }

    private static float[] Normalised(int first, int last, Func<int, double> weight)
    {
        var raw = Enumerable.Range(first, last - first + 1).Select(weight).ToArray();
        var sum = raw.Sum();
        return [.. raw.Select(value => (float)(value / sum))];
    }

    private static double Cubic(double x) => x switch
    {
        < 1 => ((((CubicA + 2) * x) - (CubicA + 3)) * x * x) + 1,
        < 2 => CubicA * ((((x - 5) * x) + 8) * x - 4),
        _ => 0,
    };
}
