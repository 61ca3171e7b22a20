using LoraFunctions.Cli.Tests.Nightly;
using LoraFunctions.Diffusion.Checkpoints;
using LoraFunctions.Imaging;
using LoraFunctions.Imaging.Pixels;
using LoraFunctions.Showroom.Cars;
using LoraFunctions.Showroom.Rendering;
using LoraFunctions.Showroom.Scenes;
using TorchSharp;
using static TorchSharp.torch;

namespace LoraFunctions.Benchmarks.Showroom;

/// <summary>
/// Which car model a picture shows, beside drawn pictures of every model in the same view that went through the VAE, half of them made soft.
/// Two judges that share nothing: CLIP's image tower, which sees the whole picture as it was trained to, and the measured shape of the car's
/// region alone (<see cref="CarShape"/>).
/// </summary>
internal sealed class CarJudges(StableDiffusionModel model, ClipModel clip)
{
    private const int Width = 192;
    private const int Height = 144;
    private const int PerModelAndView = 24;
    private const int ReferenceSeed = 30_600_000;
    private const double ClipShrinkage = 0.1;
    private const double ShapeShrinkage = 0.5;

    private static readonly (Paint Paint, double Hue)[] Paints = [(Paint.Red, 0), (Paint.Orange, 24), (Paint.Yellow, 50)];

    private (Discriminant Clip, Discriminant Shape)? _learnt;

    public static Scene SceneOf(CarModel car, View view, Place place, Paint paint, int seed)
    {
        var scene = SceneSampler.Of(car.Design, seed);
        return scene with { Place = place, Cars = [scene.Cars[0] with { View = view, Paint = paint }] };
    }

    /// <returns>The nearest of some models by either judge; null where nothing of that paint is in the picture.</returns>
    public (CarModel Clip, CarModel Shape)? Nearest(RgbImage picture, IReadOnlyList<CarModel> among, View view, double hue)
    {
        if (CarShape.Of(picture, hue) is not { } shape)
        {
            return null;
        }

        var (byClip, byShape) = _learnt ??= Learn();
        return (byClip.NearestOf(Embedding(picture), view, among), byShape.NearestOf(shape.Features, view, among));
    }

    private (Discriminant Clip, Discriminant Shape) Learn()
    {
        var renderer = new SceneRenderer();
        var embeddings = new Dictionary<(View View, CarModel Car), List<double[]>>();
        var shapes = new Dictionary<(View View, CarModel Car), List<double[]>>();
        foreach (var (view, car, i) in from view in Enum.GetValues<View>() where view != View.Interior from car in CarModel.All from i in Enumerable.Range(0, PerModelAndView) select (view, car, i))
        {
            var (paint, hue) = Paints[i % Paints.Length];
            var picture = ModelPictures.ThroughVae(model, renderer.Draw(SceneOf(car, view, (Place)(i % 5), paint, ReferenceSeed + i), Width, Height).Image);
            picture = i % 2 == 0 ? picture : Resizer.Resize(Resizer.Resize(picture, Width * 2 / 3, Height * 2 / 3, ResizeFilter.Area), Width, Height);
            Of(embeddings, (view, car)).Add(Embedding(picture));
            if (CarShape.Of(picture, hue) is { } shape)
            {
                Of(shapes, (view, car)).Add(shape.Features);
            }
        }

        return (new Discriminant(embeddings, ClipShrinkage), new Discriminant(shapes, ShapeShrinkage));
    }

    private static List<double[]> Of(Dictionary<(View View, CarModel Car), List<double[]>> groups, (View View, CarModel Car) key) =>
        groups.TryGetValue(key, out var group) ? group : groups[key] = [];

    private double[] Embedding(RgbImage picture)
    {
        using DisposeScope scope = NewDisposeScope();
        using var grad = no_grad();
        return clip.EncodeImages(clip.ImageProcessor.Preprocess(picture.Pixels, picture.Width, picture.Height)).to(ScalarType.Float64).cpu().data<double>().ToArray();
    }
}
