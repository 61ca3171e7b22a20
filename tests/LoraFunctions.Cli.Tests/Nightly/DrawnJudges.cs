using LoraFunctions.Diffusion;
using LoraFunctions.Diffusion.Checkpoints;
using LoraFunctions.Imaging;
using TorchSharp;
using static TorchSharp.torch;

namespace LoraFunctions.Cli.Tests.Nightly;

/// <summary>The paint of the car in the middle of a picture, by hue alone: a measure that shares nothing with CLIP.</summary>
internal static class MeasuredPaint
{
    private static readonly string[] Hues = ["red", "orange", "yellow", "green", "blue"];

    public static string Of(RgbImage image)
    {
        var coloured = new int[Hues.Length];
        var greys = new List<int>();
        for (int y = image.Height * 45 / 100; y < image.Height * 68 / 100; y++)
        {
            for (int x = image.Width / 4; x < image.Width * 3 / 4; x++)
            {
                ReadOnlySpan<byte> pixel = image.Pixels.AsSpan(((y * image.Width) + x) * 3, 3);
                int most = Math.Max(pixel[0], Math.Max(pixel[1], pixel[2]));
                int least = Math.Min(pixel[0], Math.Min(pixel[1], pixel[2]));
                if (most - least > 0.35 * most && most > 40)
                {
                    coloured[Bin(Hue(pixel, most, most - least))]++;
                }
                else
                {
                    greys.Add(most);
                }
            }
        }

        if (coloured.Max() > greys.Count / 3)
        {
            return Hues[Array.IndexOf(coloured, coloured.Max())];
        }

        // Glass, tyres and shadow are dark on every car: the brighter part is the paint.
        greys.Sort();
        return greys[greys.Count * 3 / 4] switch
        {
            > 190 => "white",
            > 90 => "silver",
            _ => "black",
        };
    }

    /// <summary>In degrees, -60 to 300.</summary>
    /// <param name="most">The greatest of the three channels.</param>
    /// <param name="range">From the least channel to the greatest, more than 0.</param>
    public static double Hue(ReadOnlySpan<byte> pixel, int most, int range) =>
        most == pixel[0] ? 60.0 * (pixel[1] - pixel[2]) / range
        : most == pixel[1] ? 120 + (60.0 * (pixel[2] - pixel[0]) / range)
        : 240 + (60.0 * (pixel[0] - pixel[1]) / range);

    private static int Bin(double hue) => hue switch
    {
        < 14 => 0,
        < 40 => 1,
        < 70 => 2,
        < 180 => 3,
        < 290 => 4,
        _ => 0,
    };
}

/// <summary>Pictures as a model's VAE gives them back, and their halves.</summary>
internal static class ModelPictures
{
    public static RgbImage ThroughVae(StableDiffusionModel model, RgbImage image)
    {
        using DisposeScope scope = NewDisposeScope();
        using var grad = no_grad();
        Tensor pixels = tensor(image.Pixels, [1, image.Height, image.Width, 3], dtype: ScalarType.Byte).to(ScalarType.Float32)
            .Over(127.5).Plus(-1).permute(0, 3, 1, 2).contiguous();
        Tensor back = model.Vae.Decode(model.Vae.Encode(pixels).Mean);
        byte[] bytes = back.Plus(1).Times(127.5).round().Clamped(0, 255).to(ScalarType.Byte).permute(0, 2, 3, 1).contiguous().data<byte>().ToArray();
        return new RgbImage(image.Width, image.Height, bytes);
    }

    /// <param name="side">0: left, 1: right.</param>
    public static RgbImage Half(RgbImage wide, int side)
    {
        var half = new RgbImage(wide.Width / 2, wide.Height);
        for (int y = 0; y < wide.Height; y++)
        {
            wide.Pixels.AsSpan(((y * wide.Width) + (side * half.Width)) * 3, half.Width * 3).CopyTo(half.Pixels.AsSpan(y * half.Width * 3));
        }

        return half;
    }
}
