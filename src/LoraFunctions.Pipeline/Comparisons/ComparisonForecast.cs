using LoraFunctions.Pipeline.Night;
using LoraFunctions.Pipeline.Storage;

namespace LoraFunctions.Pipeline.Comparisons;

/// <summary>The pairs that <c>comparisons.yaml</c> would ask for, were these cars to have their LoRAs.</summary>
/// <param name="LeftOut">Pairs that cannot be, with the reason.</param>
public sealed record ComparisonForecast(IReadOnlyList<ForecastPair> Pairs, IReadOnlyList<ReportedProblem> LeftOut)
{
    /// <exception cref="InvalidJobInputException">One of the files is wrong; every problem is in it.</exception>
    public static ComparisonForecast Of(ReadOnlyMemory<byte> comparisons, ReadOnlyMemory<byte> brandSafety, IReadOnlyList<ForecastCar> cars)
    {
        var configuration = ComparisonsReader.Read(BlobNames.Comparisons, comparisons);
        var safety = BrandSafety.Read(BlobNames.BrandSafety, brandSafety);
        safety.ThrowIfBlocked(configuration);
        var candidates = cars
            .OrderBy(c => c.ModelKey, StringComparer.Ordinal)
            .Select(c => new ComparisonCandidate(c.ModelKey, c.Vehicle.Segment, safety.Objection(c.ModelKey, c.Vehicle.Make, c.Vehicle.DisplayName), c.Vehicle.Price))
            .ToList();
        var (pairs, leftOut) = PairSelection.Select(configuration, candidates);
        return new ComparisonForecast(Of(configuration, pairs), leftOut);
    }

    internal static IReadOnlyList<ForecastPair> Of(ComparisonsConfiguration configuration, IEnumerable<ChosenPair> pairs) =>
    [
        .. from pair in pairs
           let template = configuration.Templates[pair.Template]
           select new ForecastPair(pair.Left, pair.Right, pair.Scenes.Count * configuration.Seeds.Count, template.Width, template.Height, template.Steps),
    ];
}

/// <summary>A car model that is to have a LoRA.</summary>
public sealed record ForecastCar(string ModelKey, Vehicle Vehicle);

/// <summary>One pair with all its scenes and seeds.</summary>
/// <param name="Steps">Of the sampler, a picture.</param>
public sealed record ForecastPair(string Left, string Right, int Pictures, int Width, int Height, int Steps);
