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
/// Which car model a picture shows: compared with drawn pictures of every model in the same paint, view and place, through the VAE, by the
/// car's region alone. Two judges that share nothing: CLIP's image tower, and the measured shape (<see cref="CarShape"/>).
/// </summary>
internal sealed class CarJudges(StableDiffusionModel model, ClipModel clip)
{
    private const int Width = 192;
    private const int Height = 144;
    private const int PerModel = 6;
    private const int ReferenceSeed = 30_600_000;

    private readonly Dictionary<(View, Place, Paint), List<(CarModel Car, CarShape Shape, float[] Features)>> _references = [];

    public static Scene SceneOf(CarModel car, View view, Place place, Paint paint, int seed)
    {
        var scene = SceneSampler.Of(car.Design, seed);
        return scene with { Place = place, Cars = [scene.Cars[0] with { View = view, Paint = paint }] };
    }

    /// <returns>The nearest of some models by either judge; null where nothing of that paint is in the picture.</returns>
    public (CarModel Clip, CarModel Shape)? Nearest(RgbImage picture, IReadOnlyList<CarModel> among, View view, Place place, Paint paint, double hue)
    {
        if (CarShape.Of(picture, hue) is not { } shape)
        {
            return null;
        }

        var references = References(view, place, paint, hue).Where(r => among.Contains(r.Car)).ToList();
        var features = Features(shape.Region);
        return (Nearest(references, r => -Dot(r.Features, features)), Nearest(references, r => r.Shape.DistanceTo(shape)));
    }

    /// <summary>By the mean of a car model's two nearest: cars face either way.</summary>
    private static CarModel Nearest(
        List<(CarModel Car, CarShape Shape, float[] Features)> references, Func<(CarModel Car, CarShape Shape, float[] Features), double> distance) =>
        references.GroupBy(r => r.Car).MinBy(g => g.Select(distance).Order().Take(2).Average())!.Key;

    private static double Dot(float[] a, float[] b) => a.Zip(b, (x, y) => (double)x * y).Sum();

    private List<(CarModel Car, CarShape Shape, float[] Features)> References(View view, Place place, Paint paint, double hue)
    {
        if (_references.TryGetValue((view, place, paint), out var known))
        {
            return known;
        }

        var renderer = new SceneRenderer();
        var made = new List<(CarModel Car, CarShape Shape, float[] Features)>();
        foreach (var car in CarModel.All)
        {
            for (var i = 0; i < PerModel; i++)
            {
                var scene = SceneOf(car, view, place, paint, ReferenceSeed + i);
                scene = scene with { Cars = [scene.Cars[0] with { Facing = (Facing)(i % 2) }] };
                if (CarShape.Of(ModelPictures.ThroughVae(model, renderer.Draw(scene, Width, Height).Image), hue) is { } shape)
                {
                    made.Add((car, shape, Features(shape.Region)));
                }
            }
        }

        return _references[(view, place, paint)] = made;
    }

    private float[] Features(RgbImage region)
    {
        using DisposeScope scope = NewDisposeScope();
        using var grad = no_grad();
        var square = Resizer.Resize(region, clip.ImageProcessor.Size, clip.ImageProcessor.Size);
        return clip.EncodeImages(clip.ImageProcessor.Preprocess(square.Pixels, square.Width, square.Height)).cpu().data<float>().ToArray();
    }
}
