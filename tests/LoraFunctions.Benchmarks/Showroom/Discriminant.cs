using LoraFunctions.Diffusion;
using LoraFunctions.Showroom.Cars;
using LoraFunctions.Showroom.Scenes;
using TorchSharp;
using static TorchSharp.torch;

namespace LoraFunctions.Benchmarks.Showroom;

/// <summary>
/// The nearest centroid of a view, in the metric in which pictures of one car model scatter alike in every direction (linear discriminant
/// analysis, Fisher 1936): what place, paint, light and softness do to a picture's features counts little then.
/// </summary>
internal sealed class Discriminant
{
    private readonly double[,] _whitening;
    private readonly Dictionary<(View View, CarModel Car), double[]> _centroids;

    /// <param name="shrinkage">Part of the mean variance that is added to each direction: many directions from a few hundred pictures.</param>
    public Discriminant(IReadOnlyDictionary<(View View, CarModel Car), List<double[]>> pictures, double shrinkage)
    {
        var means = pictures.ToDictionary(p => p.Key, p => (double[])[.. Enumerable.Range(0, p.Value[0].Length).Select(i => p.Value.Average(features => features[i]))]);
        using DisposeScope scope = NewDisposeScope();
        var scattered = pictures.SelectMany(p => p.Value.Select(features => features.Zip(means[p.Key], (a, b) => a - b))).ToList();
        Tensor residuals = tensor([.. scattered.SelectMany(f => f)], [scattered.Count, means.Values.First().Length]);
        Tensor covariance = matmul(residuals.t(), residuals).Over(scattered.Count);
        Tensor shrunk = covariance.Plus(eye(covariance.shape[0], dtype: ScalarType.Float64), shrinkage * covariance.diagonal().mean().item<double>());
        Tensor inverse = linalg.inv(linalg.cholesky(shrunk)).contiguous();
        _whitening = new double[inverse.shape[0], inverse.shape[1]];
        Buffer.BlockCopy(inverse.data<double>().ToArray(), 0, _whitening, 0, _whitening.Length * sizeof(double));
        _centroids = means.ToDictionary(m => m.Key, m => Whitened(m.Value));
    }

    public CarModel NearestOf(double[] features, View view, IReadOnlyList<CarModel> among)
    {
        var here = Whitened(features);
        return among.MinBy(car => here.Zip(_centroids[(view, car)], (a, b) => (a - b) * (a - b)).Sum())!;
    }

    private double[] Whitened(double[] features)
    {
        var whitened = new double[features.Length];
        for (var row = 0; row < features.Length; row++)
        {
            for (var column = 0; column <= row; column++) // it is a lower triangle
            {
                whitened[row] += _whitening[row, column] * features[column];
            }
        }

        return whitened;
    }
}
