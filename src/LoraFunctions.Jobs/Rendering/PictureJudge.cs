using LoraFunctions.Diffusion.Checkpoints;
using LoraFunctions.Diffusion.Generation;
using LoraFunctions.Imaging;
using LoraFunctions.Imaging.Codecs;
using LoraFunctions.Imaging.Pixels;
using LoraFunctions.Jobs.Labelling;
using TorchSharp;
using static TorchSharp.torch;

namespace LoraFunctions.Jobs.Rendering;

/// <summary>
/// Says how well a comparison keeps its two cars apart. Each half is held against photos of both car models by CLIP's image tower and, where
/// there is one, by DINOv2; its score is the mean cosine similarity to the nearest photos of a model, as one photo shows one view only.
/// What it cannot see: whether wheels are round, how many doors or cars there are. A half without any car scores like one with half a car.
/// </summary>
internal sealed class PictureJudge : IDisposable
{
    public const string LeftSide = "left";
    public const string RightSide = "right";

    private const int Nearest = 5;

    // Of 255. A street at night has a mean of 30 and more, an empty sky a deviation of 8.
    private const double LeastMean = 8;
    private const double LeastDeviation = 4;

    private readonly List<(string Name, Func<RgbImage, float[]> Embed, float[][] Left, float[][] Right)> _judges = [];
    private readonly ClipModel _clip;
    private readonly DinoV2? _dino;

    /// <exception cref="CheckpointException">A model is missing or damaged.</exception>
    public PictureJudge(Judging judging)
    {
        _clip = ClipModel.Load(judging.Clip, requireTokenizer: false);
        try
        {
            _dino = judging.Dino is { } folder ? DinoV2.Load(folder) : null;
        }
        catch
        {
            _clip.Dispose();
            throw;
        }

        RgbImage[] left = [.. judging.Left.Select(Open)];
        RgbImage[] right = [.. judging.Right.Select(Open)];
        Add("clip", image => Embedding(image, _clip.ImageProcessor, _clip.EncodeImages));
        if (_dino is { } dino)
        {
            Add("dinov2", image => Embedding(image, dino.ImageProcessor, dino.EncodeImages));
        }

        void Add(string name, Func<RgbImage, float[]> embed) => _judges.Add((name, embed, [.. left.Select(embed)], [.. right.Select(embed)]));
    }

    public (IReadOnlyList<HalfScore> Halves, string? Defect) Score(RgbImage picture, CompositionLayout layout)
    {
        var (width, height) = layout == CompositionLayout.SideBySide ? (picture.Width / 2, picture.Height) : (picture.Width, picture.Height / 2);
        var (left, right) = (
            Resizer.Crop(picture, 0, 0, width, height),
            Resizer.Crop(picture, picture.Width - width, picture.Height - height, width, height));
        var halves = new List<HalfScore>();
        foreach (var judge in _judges)
        {
            var (here, there) = (judge.Embed(left), judge.Embed(right));
            halves.Add(new HalfScore(LeftSide, judge.Name, Likeness(here, judge.Left), Likeness(here, judge.Right)));
            halves.Add(new HalfScore(RightSide, judge.Name, Likeness(there, judge.Right), Likeness(there, judge.Left)));
        }

        return (halves, DefectOf(LeftSide, left) ?? DefectOf(RightSide, right));
    }

    public void Dispose()
    {
        _clip.Dispose();
        _dino?.Dispose();
    }

    private static RgbImage Open(string path) => ImageCodec.Decode(File.ReadAllBytes(path));

    /// <summary>The whole picture in a square: the towers' own way cuts off what is beside the middle, and cars are long.</summary>
    private static float[] Embedding(RgbImage image, ImageProcessor processor, Func<Tensor, Tensor> encode)
    {
        using var scope = NewDisposeScope();
        using var grad = no_grad();
        var scale = (double)processor.Size / Math.Max(image.Width, image.Height);
        var (width, height) = (Math.Max(1, (int)Math.Round(image.Width * scale)), Math.Max(1, (int)Math.Round(image.Height * scale)));
        var small = Resizer.Resize(image, width, height);
        var square = new RgbImage(processor.Size, processor.Size);
        Array.Fill(square.Pixels, (byte)127);
        for (var y = 0; y < height; y++)
        {
            var target = 3 * ((((processor.Size - height) / 2) + y) * processor.Size + ((processor.Size - width) / 2));
            small.Pixels.AsSpan(3 * y * width, 3 * width).CopyTo(square.Pixels.AsSpan(target));
        }

        return encode(processor.Preprocess(square.Pixels, square.Width, square.Height))[0].cpu().data<float>().ToArray();
    }

    private static double Likeness(float[] embedding, float[][] photos) =>
        photos.Select(photo => ZeroShotClassifier.Cosine(photo, embedding)).OrderDescending().Take(Nearest).Average();

    private static string? DefectOf(string side, RgbImage half)
    {
        var (sum, squares) = (0.0, 0.0);
        foreach (var value in half.Pixels)
        {
            sum += value;
            squares += (double)value * value;
        }

        var mean = sum / half.Pixels.Length;
        var deviation = Math.Sqrt(Math.Max(0, (squares / half.Pixels.Length) - (mean * mean)));
        return mean < LeastMean ? $"the {side} half is black" : deviation < LeastDeviation ? $"the {side} half is one colour" : null;
    }
}
