using LoraFunctions.Cli.Tests.Nightly;
using LoraFunctions.Diffusion;
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
/// Which car model a picture shows, beside drawn pictures of every model in the same view that went through the VAE. Two judges that share
/// nothing: CLIP's image tower, and the measured shape of the car's region alone (<see cref="CarShape"/>).
/// </summary>
/// <remarks>
/// CLIP's judge takes the nearest centroid of a view, in the metric in which pictures of one car model scatter alike in every direction
/// (linear discriminant analysis, Fisher 1936): what place, paint and light do to an embedding counts little then. It sees the whole picture,
/// as it was trained to.
/// </remarks>
internal sealed class CarJudges(StableDiffusionModel model, ClipModel clip)
{
    private const int Width = 192;
    private const int Height = 144;
    private const int PerModel = 6;
    private const int ReferenceSeed = 30_600_000;

    /// <summary>Pictures of a car model in a view from which its centroid is made.</summary>
    private const int PerCentroid = 15;

    /// <summary>Part of the mean variance that is added to each direction: 64 directions from a few hundred pictures.</summary>
    private const double Shrinkage = 0.1;

    private static readonly Paint[] s_paints = [Paint.Red, Paint.Orange, Paint.Yellow];

    private readonly Dictionary<(View, Place, Paint), List<(CarModel Car, CarShape Shape)>> _references = [];
    private Dictionary<(View, CarModel), double[]>? _centroids;
    private double[,]? _whitening;

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

        // The mean of a car model's two nearest: cars face either way.
        var byShape = references.GroupBy(r => r.Car).MinBy(g => g.Select(r => r.Shape.DistanceTo(shape)).Order().Take(2).Average())!.Key;
        return (NearestCentroid(Features(picture), view, among), byShape);
    }

    private CarModel NearestCentroid(double[] features, View view, IReadOnlyList<CarModel> among)
    {
        _centroids ??= Learn();
        var here = Whitened(features);
        return among.MinBy(car => here.Zip(_centroids[(view, car)], (a, b) => (a - b) * (a - b)).Sum())!;
    }

    private Dictionary<(View View, CarModel Car), double[]> Learn()
    {
        var renderer = new SceneRenderer();
        var groups = new Dictionary<(View View, CarModel Car), List<double[]>>();
        foreach (var (view, car, i) in from view in Enum.GetValues<View>() where view != View.Interior from car in CarModel.All from i in Enumerable.Range(0, PerCentroid) select (view, car, i))
        {
            var scene = SceneOf(car, view, (Place)(i % 5), s_paints[i % s_paints.Length], ReferenceSeed + 100 + i);
            var picture = ModelPictures.ThroughVae(model, renderer.Draw(scene, Width, Height).Image);
            (groups.TryGetValue((view, car), out var group) ? group : groups[(view, car)] = []).Add(Features(picture));
        }

        var means = groups.ToDictionary(g => g.Key, g => Mean(g.Value));
        using DisposeScope scope = NewDisposeScope();
        var scattered = groups.SelectMany(g => g.Value.Select(f => f.Zip(means[g.Key], (a, b) => a - b))).ToList();
        using var residuals = tensor([.. scattered.SelectMany(f => f)], [scattered.Count, means.Values.First().Length]);
        var covariance = matmul(residuals.t(), residuals).Over(scattered.Count);
        covariance = covariance.Plus(eye(covariance.shape[0], dtype: ScalarType.Float64), Shrinkage * covariance.diagonal().mean().item<double>());
        var inverse = linalg.inv(linalg.cholesky(covariance));
        var (side, values) = ((int)inverse.shape[0], inverse.contiguous().data<double>().ToArray());
        _whitening = new double[side, side];
        Buffer.BlockCopy(values, 0, _whitening, 0, values.Length * sizeof(double));
        return means.ToDictionary(m => m.Key, m => Whitened(m.Value));
    }

    private double[] Whitened(double[] features) =>
        [.. Enumerable.Range(0, features.Length).Select(row => Enumerable.Range(0, features.Length).Sum(column => _whitening![row, column] * features[column]))];

    private static double[] Mean(List<double[]> rows) => [.. Enumerable.Range(0, rows[0].Length).Select(i => rows.Average(row => row[i]))];

    private List<(CarModel Car, CarShape Shape)> References(View view, Place place, Paint paint, double hue)
    {
        if (_references.TryGetValue((view, place, paint), out var known))
        {
            return known;
        }

        var renderer = new SceneRenderer();
        var made = new List<(CarModel Car, CarShape Shape)>();
        foreach (var car in CarModel.All)
        {
            for (var i = 0; i < PerModel; i++)
            {
                var scene = SceneOf(car, view, place, paint, ReferenceSeed + i);
                scene = scene with { Cars = [scene.Cars[0] with { Facing = (Facing)(i % 2) }] };
                if (CarShape.Of(ModelPictures.ThroughVae(model, renderer.Draw(scene, Width, Height).Image), hue) is { } shape)
                {
                    made.Add((car, shape));
                }
            }
        }

        return _references[(view, place, paint)] = made;
    }

    /// <summary>The picture as the labeller sees it.</summary>
    private double[] Features(RgbImage picture)
    {
        using DisposeScope scope = NewDisposeScope();
        using var grad = no_grad();
        return clip.EncodeImages(clip.ImageProcessor.Preprocess(picture.Pixels, picture.Width, picture.Height)).to(ScalarType.Float64).cpu().data<double>().ToArray();
    }
}
