namespace LoraFunctions.Imaging.Pixels;

/// <summary>Numbers over a square, whatever the picture's proportions were: [side, side, channels].</summary>
internal sealed record SquarePlane(int Side, int Channels, float[] Values)
{
    /// <summary>Of two planes over what both show, all channels as one.</summary>
    public static double Correlation(SquarePlane moving, SquarePlane still, Placing placing)
    {
        var (n, a, b, aa, bb, ab) = (0, 0.0, 0.0, 0.0, 0.0, 0.0);
        for (var y = 0; y < still.Side; y++)
        {
            for (var x = 0; x < still.Side; x++)
            {
                var (atX, atY) = placing.Of(x, y, still.Side);
                for (var channel = 0; moving.Holds(atX, atY, 0) && channel < still.Channels; channel++)
                {
                    double p = moving.At(atX, atY, channel);
                    double q = still.Values[(((y * still.Side) + x) * still.Channels) + channel];
                    (n, a, b, aa, bb, ab) = (n + 1, a + p, b + q, aa + (p * p), bb + (q * q), ab + (p * q));
                }
            }
        }

        var variance = (aa - (a * a / n)) * (bb - (b * b / n));
        return variance <= 0 ? 0 : (ab - (a * b / n)) / Math.Sqrt(variance);
    }

    public bool Holds(double x, double y, int margin) => x >= margin && y >= margin && x <= Side - 1 - margin && y <= Side - 1 - margin;

    /// <summary>Between the values, in proportion.</summary>
    public double At(double x, double y, int channel)
    {
        var (left, top) = (Math.Clamp((int)x, 0, Side - 2), Math.Clamp((int)y, 0, Side - 2));
        var (right, down) = (x - left, y - top);
        var at = (((top * Side) + left) * Channels) + channel;
        var below = at + (Side * Channels);
        var upper = Values[at] + ((Values[at + Channels] - Values[at]) * right);
        var lower = Values[below] + ((Values[below + Channels] - Values[below]) * right);
        return upper + ((lower - upper) * down);
    }
}

/// <summary>
/// Where one picture's points lie in another: x' = ShiftX + ScaleX x and y likewise, each from -1 to 1 over the picture.
/// </summary>
internal sealed record Placing(double ShiftX, double ScaleX, double ShiftY, double ScaleY)
{
    private const int Unknowns = 6;

    // A copy may have lost about a tenth of each side.
    private const double MaxChange = 0.12;

    // Planes that agree no better after so many steps are of different pictures.
    private const int Attempts = 3;
    private const double Hopeless = 0.7;

    // Less contrast than this part of the other's: no likeness to follow.
    private const double LeastGain = 0.2;

    public Placing(bool mirrored)
        : this(0, mirrored ? -1 : 1, 0, 1)
    {
    }

    public (double X, double Y) Of(int x, int y, int side) =>
        (Pixel(ShiftX + (ScaleX * Centred(x, side)), side), Pixel(ShiftY + (ScaleY * Centred(y, side)), side));

    /// <summary>
    /// Small steps that lessen the difference between the planes, with one gain and one offset for brightness (Lucas and
    /// Kanade 1981), as far as the steps lead to a better agreement.
    /// </summary>
    public Placing Improved(SquarePlane moving, SquarePlane still, int steps)
    {
        var (place, best, agreement) = (this, this, SquarePlane.Correlation(moving, still, this));
        for (var step = 0; step < steps; step++)
        {
            place = place.Step(moving, still);
            if (SquarePlane.Correlation(moving, still, place) is var now && now > agreement)
            {
                (best, agreement) = (place, now);
            }

            if (step >= Attempts && agreement < Hopeless)
            {
                break;
            }
        }

        return best;
    }

    // The least squares of: still = gain x moving(place) + offset + slope x change.
    private Placing Step(SquarePlane moving, SquarePlane still)
    {
        var equations = new double[Unknowns, Unknowns + 1];
        Span<double> row = stackalloc double[Unknowns];
        var side = still.Side;
        for (var y = 1; y < side - 1; y++)
        {
            for (var x = 1; x < side - 1; x++)
            {
                var (atX, atY) = Of(x, y, side);
                for (var channel = 0; moving.Holds(atX, atY, 1) && channel < still.Channels; channel++)
                {
                    var slopeX = (moving.At(atX + 1, atY, channel) - moving.At(atX - 1, atY, channel)) * side / 4;
                    var slopeY = (moving.At(atX, atY + 1, channel) - moving.At(atX, atY - 1, channel)) * side / 4;
                    (row[0], row[1], row[2], row[3]) = (slopeX, slopeX * Centred(x, side), slopeY, slopeY * Centred(y, side));
                    (row[4], row[5]) = (moving.At(atX, atY, channel), 1);
                    var target = still.Values[(((y * side) + x) * still.Channels) + channel];
                    for (var i = 0; i < Unknowns; i++)
                    {
                        for (var j = i; j < Unknowns; j++)
                        {
                            equations[i, j] += row[i] * row[j];
                        }

                        equations[i, Unknowns] += row[i] * target;
                    }
                }
            }
        }

        var found = Solve(equations);
        return Math.Abs(found[4]) < LeastGain ? this : new Placing(
            Math.Clamp(ShiftX + (found[0] / found[4]), -MaxChange, MaxChange),
            Math.Sign(ScaleX) * Math.Clamp(Math.Sign(ScaleX) * (ScaleX + (found[1] / found[4])), 1 - MaxChange, 1 + MaxChange),
            Math.Clamp(ShiftY + (found[2] / found[4]), -MaxChange, MaxChange),
            Math.Clamp(ScaleY + (found[3] / found[4]), 1 - MaxChange, 1 + MaxChange));
    }

    // Gauss-Jordan without pivoting: the matrix is symmetric and, with a little on its diagonal, positive.
    private static double[] Solve(double[,] equations)
    {
        for (var i = 0; i < Unknowns; i++)
        {
            equations[i, i] += 1e-3 + (1e-6 * equations[i, i]);
            for (var j = 0; j < i; j++)
            {
                equations[i, j] = equations[j, i];
            }
        }

        for (var i = 0; i < Unknowns; i++)
        {
            for (var j = 0; j < Unknowns; j++)
            {
                var factor = j == i ? 0 : equations[j, i] / equations[i, i];
                for (var k = i; factor != 0 && k <= Unknowns; k++)
                {
                    equations[j, k] -= factor * equations[i, k];
                }
            }
        }

        return [.. Enumerable.Range(0, Unknowns).Select(i => equations[i, Unknowns] / equations[i, i])];
    }

    private static double Centred(int pixel, int side) => ((2 * pixel) + 1 - side) / (double)side;

    private static double Pixel(double centred, int side) => ((centred * side) + side - 1) / 2;
}
