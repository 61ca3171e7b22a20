using LoraFunctions.Imaging;
using LoraFunctions.Imaging.Pixels;
using LoraFunctions.Showroom.Rendering;
using LoraFunctions.Showroom.Scenes;

namespace LoraFunctions.Showroom.Listings;

/// <summary>Spoils a drawn picture in the ways that sellers' photos are spoilt; its mask and box say where.</summary>
public static class Defects
{
    public const double BlurSigma = 4;
    private const double CloserBy = 0.03;

    /// <summary>The spoilt pixels; defects of files, not of pixels, change nothing here.</summary>
    public static RgbImage Spoil(DrawnPicture picture, DemoDefect defect, int seed)
    {
        ArgumentNullException.ThrowIfNull(picture);
        RgbImage image = picture.Image;
        switch (defect)
        {
            case DemoDefect.Blurred:
                return GaussianBlur.Apply(image, BlurSigma, BlurSigma);
            case DemoDefect.NearDuplicate:
                return Closer(image);
            case DemoDefect.Occluded:
                Occlude(picture, seed);
                break;
            case DemoDefect.Busy:
                Clutter(picture, seed);
                break;
            case DemoDefect.Badge:
                Badge(picture);
                break;
            case DemoDefect.NotACar:
                PriceList(image, seed);
                break;
        }

        return image;
    }

    private static RgbImage Closer(RgbImage image)
    {
        int left = (int)(image.Width * CloserBy);
        int top = (int)(image.Height * CloserBy);
        var cut = new RgbImage(image.Width - (2 * left), image.Height - (2 * top));
        for (int y = 0; y < cut.Height; y++)
        {
            image.Pixels.AsSpan((((y + top) * image.Width) + left) * 3, cut.Width * 3).CopyTo(cut.Pixels.AsSpan(y * cut.Width * 3));
        }

        return Resizer.Resize(cut, image.Width, image.Height);
    }

    private static void Occlude(DrawnPicture picture, int seed)
    {
        PixelBox box = picture.Boxes[0];
        float at = 0.25f + (0.4f * Numbers.Hash((uint)seed, 1, 2));
        int post = box.Left + (int)(box.Width * at);
        int person = box.Left + (int)(box.Width * (at + 0.22f));
        float size = picture.Image.Height;
        for (int y = 0; y < picture.Image.Height; y++)
        {
            for (int x = 0; x < picture.Image.Width; x++)
            {
                float dx = (x - person) / (0.075f * size);
                float dy = (y - (0.72f * size)) / (0.30f * size);
                float hx = (x - person) / (0.045f * size);
                float hy = (y - (0.36f * size)) / (0.06f * size);
                if (Math.Abs(x - post) < size * 0.025f)
                {
                    Set(picture.Image, x, y, 95, 98, 102);
                }
                else if ((dx * dx) + (dy * dy * dy * dy) < 1)
                {
                    Set(picture.Image, x, y, 70, 52, 96);
                }
                else if ((hx * hx) + (hy * hy) < 1)
                {
                    Set(picture.Image, x, y, 205, 160, 130);
                }
            }
        }
    }

    /// <summary>Posters, other cars' ends and litter, everywhere but on the car.</summary>
    private static void Clutter(DrawnPicture picture, int seed)
    {
        const uint things = 220;
        for (uint k = 0; k < things; k++)
        {
            int width = (int)(picture.Image.Width * (0.02f + (0.10f * Numbers.Hash((uint)seed, k, 1))));
            int height = (int)(picture.Image.Height * (0.02f + (0.10f * Numbers.Hash((uint)seed, k, 2))));
            int left = (int)(Numbers.Hash((uint)seed, k, 3) * (picture.Image.Width - width));
            int top = (int)(Numbers.Hash((uint)seed, k, 4) * (picture.Image.Height - height));
            (byte r, byte g, byte b) = ((byte)(255 * Numbers.Hash((uint)seed, k, 5)), (byte)(255 * Numbers.Hash((uint)seed, k, 6)),
                (byte)(255 * Numbers.Hash((uint)seed, k, 7)));
            for (int y = top; y < top + height; y++)
            {
                for (int x = left; x < left + width; x++)
                {
                    if (picture.Mask[(y * picture.Image.Width) + x] == 0)
                    {
                        bool stripe = (x + y) / 3 % 4 == 0;
                        Set(picture.Image, x, y, stripe ? (byte)(255 - r) : r, g, b);
                    }
                }
            }
        }
    }

    /// <summary>A bright ring with a bar across, in the middle of the car.</summary>
    private static void Badge(DrawnPicture picture)
    {
        PixelBox box = picture.Boxes[0];
        float radius = box.Height * 0.10f;
        (float middleX, float middleY) = ((box.Left + box.Right) / 2f, box.Top + (box.Height * 0.58f));
        for (int y = (int)(middleY - radius); y <= middleY + radius; y++)
        {
            for (int x = (int)(middleX - radius); x <= middleX + radius; x++)
            {
                float distance = MathF.Sqrt(((x - middleX) * (x - middleX)) + ((y - middleY) * (y - middleY))) / radius;
                if (distance <= 1 && x >= 0 && y >= 0 && x < picture.Image.Width && y < picture.Image.Height)
                {
                    bool metal = distance > 0.78f || MathF.Abs(y - middleY) < radius * 0.16f || MathF.Abs(x - middleX) < radius * 0.10f;
                    byte bright = metal ? (byte)235 : (byte)20;
                    Set(picture.Image, x, y, bright, bright, metal ? bright : (byte)120);
                }
            }
        }
    }

    /// <summary>A white page with lines of black strokes, a coloured heading and some boxes.</summary>
    private static void PriceList(RgbImage image, int seed)
    {
        int line = image.Height / 18;
        for (int y = 0; y < image.Height; y++)
        {
            for (int x = 0; x < image.Width; x++)
            {
                (int row, int within) = (y / line, y % line);
                float word = Numbers.Hash((uint)seed, (uint)row, (uint)(x / (image.Width / 24)));
                float stroke = Numbers.Hash((uint)seed, (uint)((row * 100) + (within / 2)), (uint)(x / 2));
                byte ink = within > line / 3 && word > 0.25f && stroke > 0.5f ? (byte)30 : (byte)250;
                (byte r, byte g, byte b) = row < 2 ? ((byte)(200 * Numbers.Hash((uint)seed, 1, 1)), (byte)90, (byte)(220 * Numbers.Hash((uint)seed, 1, 2))) : (ink, ink, ink);
                Set(image, x, y, r, g, b);
            }
        }
    }

    private static void Set(RgbImage image, int x, int y, byte r, byte g, byte b)
    {
        int at = ((y * image.Width) + x) * 3;
        (image.Pixels[at], image.Pixels[at + 1], image.Pixels[at + 2]) = (r, g, b);
    }
}
