using static TorchSharp.torch;

namespace LoraFunctions.Diffusion.Generation;

/// <summary>A part of the latents, in cells.</summary>
internal readonly record struct Window(long Top, long Left, long Height, long Width)
{
    public Tensor Of(Tensor latents) => latents.narrow(2, Top, Height).narrow(3, Left, Width);
}

/// <summary>
/// Where regions lie in latents, and how much each counts: maps [1, 1, H/8, W/8] that sum to one. Regions share the picture evenly and
/// overlap by 8 to 16 cells, over which one map's ramp falls as the other's rises. The tensors are the dispose scope's that it is made in.
/// </summary>
internal sealed class CompositionMaps
{
    private const long LeastOverlap = 8;
    private const long MostOverlap = 16;
    private const int SeamCells = 6; // on either side, over which the scene's share falls off

    public CompositionMaps(CompositionLayout layout, int regions, long height, long width, Device device)
    {
        var length = layout == CompositionLayout.SideBySide ? width : height;
        // A quarter of a region at most, so that small pictures keep regions of their own.
        var overlap = Math.Min(Math.Clamp(length / 12, LeastOverlap, MostOverlap), length / regions / 4 * 2);
        var windows = new List<Window>();
        var maps = new List<Tensor>();
        var seam = new float[length];
        for (var i = 0; i < regions; i++)
        {
            var from = Math.Max(0, length * i / regions - overlap / 2);
            var to = Math.Min(length, length * (i + 1) / regions + overlap / 2);
            windows.Add(layout == CompositionLayout.SideBySide ? new Window(0, from, height, to - from) : new Window(from, 0, to - from, width));
            var map = new float[length];
            for (var at = from; at < to; at++)
            {
                var fromStart = i == 0 ? 1 : (at - from + 0.5) / overlap;
                var fromEnd = i == regions - 1 ? 1 : (to - at - 0.5) / overlap;
                map[at] = (float)Math.Min(1, Math.Min(fromStart, fromEnd));
            }

            if (i > 0)
            {
                var middle = length * i / regions;
                for (var at = 0; at < length; at++)
                {
                    var distance = Math.Abs(at + 0.5 - middle) - overlap / 2.0;
                    seam[at] = (float)Math.Max(seam[at], Math.Clamp(1 - distance / SeamCells, 0, 1));
                }
            }

            maps.Add(Map(map));
        }

        (Windows, Regions, Seam) = (windows, maps, Map(seam));

        Tensor Map(float[] values) =>
            (layout == CompositionLayout.SideBySide
                ? tensor(values, [1, 1, 1, length]).expand(1, 1, height, width)
                : tensor(values, [1, 1, length, 1]).expand(1, 1, height, width)).contiguous().to(device);
    }

    public IReadOnlyList<Window> Windows { get; }

    public IReadOnlyList<Tensor> Regions { get; }

    /// <summary>1 where regions meet, falling to 0 beside it.</summary>
    public Tensor Seam { get; }
}
