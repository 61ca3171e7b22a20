namespace LoraFunctions.Jobs.Training.Data;

/// <summary>
/// The sizes photos are trained at, by their shape: all of about one area, so that a step costs the same. As kohya's sd-scripts make them
/// (library/model_util.py, make_bucket_resolutions), and the resolution itself, upright too, where it is no square.
/// </summary>
internal sealed class AspectBuckets
{
    private AspectBuckets(IReadOnlyList<TrainingSize> sizes) => Sizes = sizes;

    /// <summary>By width, then height.</summary>
    public IReadOnlyList<TrainingSize> Sizes { get; }

    /// <summary>Sides from half to twice the resolution (256 to 1024 at 512), of at most its area.</summary>
    /// <param name="step">What every side is a multiple of, but for the resolution's own.</param>
    public static AspectBuckets Create(TrainingSize resolution, int step)
    {
        var (shorter, longer) = (Math.Min(resolution.Width, resolution.Height), Math.Max(resolution.Width, resolution.Height));
        var (minimum, maximum, area) = (Math.Max(step, shorter / 2 / step * step), longer * 2, (long)shorter * longer);
        var sizes = new HashSet<TrainingSize> { resolution, new(resolution.Height, resolution.Width) };
        for (var width = minimum; width <= maximum; width += step)
        {
            var height = (int)Math.Min(maximum / step * step, area / width / step * step);
            if (height >= minimum)
            {
                sizes.Add(new TrainingSize(width, height));
                sizes.Add(new TrainingSize(height, width));
            }
        }

        return new AspectBuckets([.. sizes.OrderBy(s => s.Width).ThenBy(s => s.Height)]);
    }

    /// <summary>Only this one: every photo is cut to it.</summary>
    public static AspectBuckets One(TrainingSize size) => new([size]);

    /// <summary>The size of least difference in width / height; of equals the larger, then the first.</summary>
    public TrainingSize Nearest(int width, int height)
    {
        var aspect = (double)width / height;
        return Sizes.OrderBy(s => Math.Abs(((double)s.Width / s.Height) - aspect)).ThenByDescending(s => (long)s.Width * s.Height).First();
    }
}
