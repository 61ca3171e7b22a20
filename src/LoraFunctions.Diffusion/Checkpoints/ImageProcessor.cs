using System.Text.Json;
using static TorchSharp.torch;

namespace LoraFunctions.Diffusion.Checkpoints;

/// <summary>
/// Makes the input of CLIP or DINOv2 from a picture as HF's <c>CLIPImageProcessor</c> and <c>BitImageProcessor</c> do: short side to a
/// size, bicubic, centre crop, normalised.
/// </summary>
public sealed class ImageProcessor
{
    private static readonly float[] ClipMean = [0.48145466f, 0.4578275f, 0.40821073f];
    private static readonly float[] ClipDeviation = [0.26862954f, 0.26130258f, 0.27577711f];

    private static readonly float[] ImageNetMean = [0.485f, 0.456f, 0.406f];
    private static readonly float[] ImageNetDeviation = [0.229f, 0.224f, 0.225f];

    private readonly int shortSide;
    private readonly float[] mean;
    private readonly float[] deviation;

    /// <summary>CLIP's.</summary>
    /// <param name="size">Width and height of the result.</param>
    public ImageProcessor(int size = 224)
        : this(size, size, ClipMean, ClipDeviation)
    {
    }

    private ImageProcessor(int size, int shortSide, float[] mean, float[] deviation)
    {
        Size = size > 0 ? size : throw new ArgumentOutOfRangeException(nameof(size), size, "A picture is at least one pixel wide.");
        this.shortSide = shortSide;
        this.mean = mean;
        this.deviation = deviation;
    }

    /// <summary>DINOv2's: 224 out of a short side of 256.</summary>
    public static ImageProcessor DinoV2 { get; } = new(224, 256, ImageNetMean, ImageNetDeviation);

    public int Size { get; }

    /// <param name="rgb">Row by row, three bytes (R, G, B) a pixel, no padding.</param>
    /// <returns>[1, 3, size, size] fp32.</returns>
    /// <exception cref="ArgumentException">The bytes are not width x height x 3.</exception>
    public Tensor Preprocess(ReadOnlySpan<byte> rgb, int width, int height)
    {
        if (width < 1 || height < 1 || rgb.Length != (long)width * height * 3)
        {
            throw new ArgumentException($"{rgb.Length} bytes do not hold {width}x{height} RGB pixels.", nameof(rgb));
        }

        // The long side is truncated, not rounded, as PIL's users do.
        var resizedWidth = width <= height ? shortSide : (int)((long)shortSide * width / height);
        var resizedHeight = width <= height ? (int)((long)shortSide * height / width) : shortSide;
        var resized = PillowBicubic.Resize(rgb, width, height, resizedWidth, resizedHeight);
        var (left, top) = ((resizedWidth - Size) / 2, (resizedHeight - Size) / 2);
        var pixels = new float[3 * Size * Size];
        for (var y = 0; y < Size; y++)
        {
            for (var x = 0; x < Size; x++)
            {
                for (var c = 0; c < 3; c++)
                {
                    var value = resized[((((top + y) * resizedWidth) + left + x) * 3) + c];
                    pixels[(((c * Size) + y) * Size) + x] = ((value / 255f) - mean[c]) / deviation[c];
                }
            }
        }


        // Copied: a convolution's last bits depend on where its numbers lie, and arrays lie where the collector put them.
        using var shared = tensor(pixels, [1, 3, Size, Size]);
        return shared.clone();
    }

    /// <summary>With the mean and deviation of a <c>preprocessor_config.json</c> or of open_clip's configuration, where there is one.</summary>
    internal static ImageProcessor Load(string folder, ImageProcessor standard)
    {
        var (path, openClip) = (Path.Combine(folder, "preprocessor_config.json"), Path.Combine(folder, OpenClip.ConfigFile));
        var json = File.Exists(path) ? JsonFile.Read(path) : default;
        if (json.ValueKind == JsonValueKind.Undefined && File.Exists(openClip) && JsonFile.Read(openClip) is { ValueKind: JsonValueKind.Object } model
            && model.TryGetProperty("preprocess_cfg", out var settings))
        {
            (path, json) = (openClip, settings);
        }

        float[] Three(string key, float[] absent) =>
            json.ValueKind != JsonValueKind.Object || !json.TryGetProperty(key, out var value) ? absent
            : value.ValueKind == JsonValueKind.Array && value.GetArrayLength() == 3 && value.EnumerateArray()
                .All(item => item.ValueKind == JsonValueKind.Number && item.GetDouble() > 0)
                ? [.. value.EnumerateArray().Select(item => item.GetSingle())]
                : throw new CheckpointException(
                    $"{path}: {key} is {CheckpointException.Printable(value.GetRawText())}; it must be three numbers above 0.");
        return new ImageProcessor(
            standard.Size, standard.shortSide, Three("image_mean", Three("mean", standard.mean)), Three("image_std", Three("std", standard.deviation)));
    }
}
