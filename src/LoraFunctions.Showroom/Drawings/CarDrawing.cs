using LoraFunctions.Imaging;

namespace LoraFunctions.Showroom.Drawings;

/// <summary>
/// Draws a made-up car flat, the way a child's book would: enough for a person and for CLIP to tell model, view, paint,
/// background and time of day. The same shot at the same size is the same picture, pixel for pixel.
/// </summary>
public static class CarDrawing
{
    /// <exception cref="ArgumentOutOfRangeException">A side is smaller than one pixel.</exception>
    public static RgbImage Draw(CarShot shot, int width, int height)
    {
        ArgumentNullException.ThrowIfNull(shot);
        ArgumentOutOfRangeException.ThrowIfLessThan(width, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(height, 1);
        var canvas = new Canvas(width, height, shot.Lighting);
        var random = new Random(shot.Seed);
        var zoom = 1 + (0.16 * (random.NextDouble() - 0.5));
        var shiftX = 0.06 * (random.NextDouble() - 0.5);
        var shiftY = 0.05 * (random.NextDouble() - 0.5);
        if (shot.View == CarView.Interior)
        {
            InteriorView.Draw(canvas, shot, zoom, random);
            return canvas.ToImage();
        }

        var ground = 0.80 + shiftY;
        Scenery.Draw(canvas, shot.Background, ground, random);
        if (shot.View == CarView.Side)
        {
            // The car's 4.9 metres take four fifths of the width.
            canvas.Place(6.1 / canvas.Aspect / zoom, 0.5 + shiftX, ground, mirrored: shot.Seed % 2 != 0);
            SideView.Draw(canvas, shot);
        }
        else
        {
            canvas.Place(3.5 / canvas.Aspect / zoom, 0.5 + shiftX, ground);
            EndView.Draw(canvas, shot);
        }

        return canvas.ToImage();
    }
}
