using LoraFunctions.Pipeline.Comparisons;
using LoraFunctions.Pipeline.Datasets;
using LoraFunctions.Pipeline.Listings;
using LoraFunctions.Pipeline.Storage;
using LoraFunctions.Pipeline.Training;
using Microsoft.Extensions.Options;

namespace LoraFunctions.Pipeline.Night;

/// <summary>What a night would do, as far as it can be known before the gate has looked at the new photos.</summary>
/// <param name="Listings">New or changed.</param>
/// <param name="Models">In the order of their keys.</param>
/// <param name="TrainingTime">What one training is expected to take: as the newest did, before the first as the options say.</param>
/// <param name="Problems">Listings that cannot be planned, pairs that cannot be.</param>
public sealed record NightForecast(
    IReadOnlyList<PlannedListing> Listings,
    IReadOnlyList<ForecastModel> Models,
    IReadOnlyList<ForecastPair> Pairs,
    TimeSpan TrainingTime,
    bool IsMeasured,
    IReadOnlyList<ReportedProblem> Problems);

/// <summary>A car model before the night.</summary>
/// <param name="Photos">In its data set.</param>
/// <param name="NewPhotos">Of tonight's listings, before the gate.</param>
/// <param name="Reason">Why it is not trained; null when it is, as far as one can tell.</param>
public sealed record ForecastModel(string ModelKey, string DisplayName, int Photos, int NewPhotos, string? Reason)
{
    public bool IsTrained => Reason is null;
}

/// <summary>Looks what tonight would do, and does nothing.</summary>
public sealed class NightForecaster
{
    private readonly NightPlanner _planner;
    private readonly DatasetStore _datasets;
    private readonly LoraStore _loras;
    private readonly JobStore _jobs;
    private readonly ComparisonRules _rules;
    private readonly NightlyOptions _options;

    internal NightForecaster(
        NightPlanner planner, DatasetStore datasets, LoraStore loras, JobStore jobs, ComparisonRules rules, IOptions<NightlyOptions> options) =>
        (_planner, _datasets, _loras, _jobs, _rules, _options) = (planner, datasets, loras, jobs, rules, options.Value);

    public async Task<NightForecast> ForecastAsync(CancellationToken cancellationToken)
    {
        var plan = await _planner.PlanAsync(date: "", remember: false);
        var (configuration, safety, baseModel) = await _rules.ReadAsync();
        var loras = await _loras.AllAsync(cancellationToken);
        var models = new List<ForecastModel>();
        var candidates = new List<ComparisonCandidate>();
        foreach (var key in plan.ModelKeys)
        {
            var dataset = (await _datasets.LatestAsync(key, cancellationToken))?.Manifest;
            var lora = loras.GetValueOrDefault(key);
            var incoming = plan.Listings.Where(l => l.ModelKey == key).ToList();
            var photos = incoming.Sum(l => l.Photos);
            var vehicle = incoming.LastOrDefault()?.Vehicle;
            var released = vehicle?.Released ?? dataset?.Released ?? false;
            var there = dataset?.Photos.Count ?? 0;
            var fits = lora is not null && lora.BaseModelDigest == baseModel.Digest;
            var reason = Reason(released, there, photos, fits ? lora : null);
            models.Add(new ForecastModel(key, vehicle?.DisplayName ?? dataset?.DisplayName ?? key, there, photos, reason));
            candidates.Add(new ComparisonCandidate(
                key,
                vehicle?.Segment ?? dataset?.Segment ?? "",
                !released ? $"{key} is not released"
                : safety.Objection(key, vehicle?.Make ?? dataset?.Make ?? "", models[^1].DisplayName) is { } objection ? objection
                : reason is null || fits ? null
                : $"{key} has no LoRA yet",
                vehicle?.Price ?? dataset?.Price ?? 0));
        }

        var (pairs, leftOut) = PairSelection.Select(configuration, candidates);
        var (takes, isMeasured) = await TrainingTimeAsync(loras.Values, cancellationToken);
        return new NightForecast(plan.Listings, models, ComparisonForecast.Of(configuration, pairs), takes, isMeasured, [.. plan.Problems, .. leftOut]);
    }

    /// <summary>As <see cref="TrainingRule"/> will decide if the gate lets every new photo through.</summary>
    private string? Reason(bool released, int there, int incoming, PublishedLora? lora) =>
        !released ? "it is not released"
        : there + incoming < _options.MinPhotos ? $"it has {there + incoming} of {_options.MinPhotos} photos"
        : lora is null || there + incoming - lora.Photos >= _options.RetrainAfterNewPhotos ? null
        : $"{Math.Max(0, there + incoming - lora.Photos)} new photos since its LoRA; it is trained again from {_options.RetrainAfterNewPhotos} on";

    /// <summary>The newest LoRA knows how long its training took.</summary>
    private async Task<(TimeSpan Takes, bool IsMeasured)> TrainingTimeAsync(IEnumerable<PublishedLora> loras, CancellationToken cancellationToken)
    {
        foreach (var lora in loras.OrderByDescending(l => l.Times?.AsOf))
        {
            if (await _jobs.ObserveAsync(lora.JobId, cancellationToken) is { Status: not null, Took: var took } && took > TimeSpan.Zero)
            {
                return (took, true);
            }
        }

        return (_options.TrainingTime, false);
    }
}
