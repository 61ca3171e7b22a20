namespace LoraFunctions.Jobs.Training.Data;

/// <summary>
/// The sizes photos are trained at, by their shape: all of about one area, so that a step costs the same. As kohya's sd-scripts make them
/// (library/model_util.py, make_bucket_resolutions).
/// </summary>
internal sealed class AspectBuckets
{
    private AspectBuckets(IReadOnlyList<BucketSize> sizes) => Sizes = sizes;

    /// <summary>By width, then height.</summary>
    public IReadOnlyList<BucketSize> Sizes { get; }

    /// <summary>Sides from half to twice the resolution (256 to 1024 at 512), of at most resolution x resolution pixels.</summary>
    /// <param name="resolution">A multiple of <paramref name="step"/>.</param>
    /// <param name="step">What every side is a multiple of.</param>
    public static AspectBuckets Create(int resolution, int step)
    {
        var (minimum, maximum, area) = (Math.Max(step, resolution / 2 / step * step), resolution * 2, (long)resolution * resolution);
        var sizes = new HashSet<BucketSize> { new(resolution, resolution) };
        for (var width = minimum; width <= maximum; width += step)
        {
            var height = (int)Math.Min(maximum, area / width / step * step);
            if (height >= minimum)
            {
                sizes.Add(new BucketSize(width, height));
                sizes.Add(new BucketSize(height, width));
            }
        }

        return new AspectBuckets([.. sizes.OrderBy(s => s.Width).ThenBy(s => s.Height)]);
    }

    /// <summary>Only the square: every photo is cut to it.</summary>
    public static AspectBuckets Square(int resolution) => new([new BucketSize(resolution, resolution)]);

    /// <summary>The size of least difference in width / height; of equals the larger, then the first.</summary>
    public BucketSize Nearest(int width, int height)
    {
        var aspect = (double)width / height;
        return Sizes.OrderBy(s => Math.Abs(((double)s.Width / s.Height) - aspect)).ThenByDescending(s => (long)s.Width * s.Height).First();
    }
}
