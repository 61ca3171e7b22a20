using LoraFunctions.Diffusion;
using LoraFunctions.Imaging;
using LoraFunctions.Showroom.Rendering;
using LoraFunctions.Showroom.Scenes;
using TorchSharp;
using static TorchSharp.torch;

namespace LoraFunctions.Showroom.Pretraining;

/// <summary>Scenes by their numbers, and their pixels as tensors. Numbers from <see cref="HeldOut"/> on are never trained on.</summary>
internal sealed class Pictures(int width, int height, bool twoCars = false, double interiors = Pictures.Interiors)
{
    public const double Interiors = 0.08;
    public const int HeldOut = 10_000_000;
    private const int TwoCarsFrom = 5_000_000;

    private readonly SceneRenderer renderer = new();

    public int Width => width;

    public int Height => height;

    public int RowBytes => width * height * 3;

    public Scene Scene(int number) => SceneSampler.Sample(number + (twoCars ? TwoCarsFrom : 0), twoCars, interiors);

    public RgbImage Draw(int number) => renderer.Draw(Scene(number), width, height).Image;

    public byte[] Rows(int first, int count)
    {
        var rows = new byte[count * RowBytes];
        for (int i = 0; i < count; i++)
        {
            Draw(first + i).Pixels.CopyTo(rows, i * RowBytes);
        }

        return rows;
    }

    /// <summary>[B, 3, H, W] in -1 to 1.</summary>
    public Tensor AsTensor(byte[] rows)
    {
        using DisposeScope scope = NewDisposeScope();
        return tensor(rows, [rows.Length / RowBytes, height, width, 3], dtype: ScalarType.Byte)
            .to(ScalarType.Float32).TimesInPlace(1 / 127.5).PlusInPlace(-1).permute(0, 3, 1, 2).contiguous().MoveToOuterDisposeScope();
    }

    /// <summary>Pictures of [B, 3, H, W] in -1 to 1.</summary>
    public static IEnumerable<RgbImage> FromTensor(Tensor pixels)
    {
        using DisposeScope scope = NewDisposeScope();
        byte[] bytes = pixels.Plus(1).Times(127.5).round().Clamped(0, 255).to(ScalarType.Byte).permute(0, 2, 3, 1).contiguous().data<byte>().ToArray();
        (int high, int wide) = ((int)pixels.shape[2], (int)pixels.shape[3]);
        return [.. bytes.Chunk(high * wide * 3).Select(chunk => new RgbImage(wide, high, chunk))];
    }
}

/// <summary>What is random about a step follows from the seed and the step's number, so that a resumed run equals an uninterrupted one.</summary>
internal static class StepRandom
{
    public static Random Of(int seed, long step) => new Random(unchecked((seed * 1_000_003) + (int)step));

    public static Generator Noise(int seed, long step) => new((ulong)((seed * 1_000_003L) + step));
}
