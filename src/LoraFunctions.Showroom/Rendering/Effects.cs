using LoraFunctions.Imaging;
using LoraFunctions.Showroom.Scenes;

namespace LoraFunctions.Showroom.Rendering;

/// <summary>What lies between the cars and the camera: light around burning lamps, and rain.</summary>
internal static class Effects
{
    /// <param name="over">Samples a pixel, each way, of the layers.</param>
    public static void Apply(RgbImage image, Scene scene, CarLayer[] layers, int over)
    {
        for (int i = 0; i < scene.Cars.Count && scene.Place == Place.Night; i++)
        {
            Glow(image, layers[i].Lamps(BodyLamps.Heads(scene.Cars[i])), over, (255, 235, 200), 0.5f);
            Glow(image, layers[i].Lamps(BodyLamps.Tails(scene.Cars[i])), over, (255, 30, 20), 0.3f);
        }

        if (scene.Place == Place.Rain)
        {
            Streaks(image, (uint)scene.Seed);
        }
    }

    private static void Glow(
        RgbImage image, IEnumerable<(float X, float Y, float Scale, float Strength)> lamps, int over, (int R, int G, int B) light, float amount)
    {
        foreach ((float sampleX, float sampleY, float scale, float strength) in lamps)
        {
            (float x, float y, float radius) = (sampleX / over, sampleY / over, 0.16f * scale / over);
            int reach = (int)(radius * 4) + 1;
            for (int py = Math.Max(0, (int)y - reach); py < Math.Min(image.Height, y + reach); py++)
            {
                for (int px = Math.Max(0, (int)x - reach); px < Math.Min(image.Width, x + reach); px++)
                {
                    float q = 1 + ((((px - x) * (px - x)) + ((py - y) * (py - y))) / (radius * radius));
                    Blend(image, px, py, light, amount * strength / (q * q));
                }
            }
        }
    }

    private static void Streaks(RgbImage image, uint seed)
    {
        int count = 24 * image.Width / image.Height;
        float scale = image.Height / 144f;
        for (uint k = 0; k < count; k++)
        {
            float x = Numbers.Hash(seed, k, 21) * image.Width;
            float y = Numbers.Hash(seed, k, 22) * image.Height;
            float length = (8 + (14 * Numbers.Hash(seed, k, 23))) * scale;
            int thick = Math.Max(1, (int)scale);
            for (int step = 0; step < length; step++)
            {
                for (int across = 0; across < thick; across++)
                {
                    (int px, int py) = ((int)(x + (step * 0.15f)) + across, (int)y + step);
                    if (px < image.Width && py < image.Height)
                    {
                        Blend(image, px, py, (212, 218, 228), 0.17f);
                    }
                }
            }
        }
    }

    private static void Blend(RgbImage image, int x, int y, (int R, int G, int B) with, float share)
    {
        Span<byte> pixel = image.Pixels.AsSpan(((y * image.Width) + x) * 3, 3);
        pixel[0] += (byte)((with.R - pixel[0]) * share);
        pixel[1] += (byte)((with.G - pixel[1]) * share);
        pixel[2] += (byte)((with.B - pixel[2]) * share);
    }
}
