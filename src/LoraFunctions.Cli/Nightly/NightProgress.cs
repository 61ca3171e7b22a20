using System.Globalization;
using LoraFunctions.Jobs;
using LoraFunctions.Pipeline;
using LoraFunctions.Pipeline.Comparisons;
using LoraFunctions.Pipeline.Datasets;
using LoraFunctions.Pipeline.Library;
using LoraFunctions.Pipeline.Listings;
using LoraFunctions.Pipeline.Night;
using LoraFunctions.Pipeline.Training;
using LoraFunctions.Worker.Progress;
using LoraFunctions.Worker.Running;

namespace LoraFunctions.Cli.Nightly;

/// <summary>Turns what engine and worker tell into steps of the night's stations, for a display to show.</summary>
internal sealed class NightProgress(INightDisplay display) : IWorkerObserver
{
    private readonly Lock _lock = new();
    private readonly HashSet<string> _trained = new(StringComparer.Ordinal);
    private readonly HashSet<string> _labelled = new(StringComparer.Ordinal);
    private readonly HashSet<string> _rendered = new(StringComparer.Ordinal);
    private int _listings;
    private int _gated;
    private int _toLabel;
    private int _comparisons;

    /// <summary>An activity of the engine has ended well.</summary>
    public void Ended(string activity, string outputJson)
    {
        lock (_lock)
        {
            switch (activity)
            {
                case "PlanNight":
                    var plan = ContractJson.Deserialize<NightPlan>(outputJson);
                    _listings = plan.Listings.Count;
                    display.Board?.Planned(plan);
                    display.Say($"{_listings} new listings of {plan.ModelKeys.Count} car models to look at");
                    break;
                case "GateListing":
                    var gated = ContractJson.Deserialize<GatedListing>(outputJson);
                    _gated++;
                    display.Board?.Gated(ListingOf(gated.GateReport), gated.Accepted);
                    _toLabel += gated.Accepted > 0 ? 1 : 0;
                    display.ShowStation(
                        "gate",
                        _gated,
                        Math.Max(_listings, _gated),
                        $"{ListingOf(gated.GateReport)}: {gated.Accepted} accepted, {gated.Rejected} rejected");
                    break;
                case "AssembleDataset":
                    var dataset = ContractJson.Deserialize<AssembledDataset>(outputJson);
                    display.Say($"data set of {dataset.DisplayName}: {dataset.Photos} photos");
                    break;
                case "PrepareTrainJob":
                    var training = ContractJson.Deserialize<PreparedTraining>(outputJson);
                    display.Board?.Prepared(training);
                    if (training.Job is null)
                    {
                        display.Say($"{training.DisplayName} is not trained: {training.Reason}");
                    }

                    break;
                case "PlanComparisons":
                    var comparisons = ContractJson.Deserialize<ComparisonPlan>(outputJson);
                    display.Board?.Planned(comparisons);
                    _comparisons = comparisons.Pairs.Sum(pair => pair.Scenes.Count);
                    display.Say($"{_comparisons} comparisons to render");
                    break;
                case "PublishNight":
                    display.ShowStation("publishing", 1, 1, $"{ContractJson.Deserialize<PublishedNight>(outputJson).Pictures} pictures");
                    break;
                default:
                    break;
            }
        }
    }

    public void Progressed(JobMessage job, JobProgress progress)
    {
        string loss = progress.Loss is { } value ? string.Create(CultureInfo.InvariantCulture, $", loss {value:0.0000}") : string.Empty;
        display.Board?.Moved(job, progress);
        display.ShowJob(Name(job), progress.Stage, progress.Done, progress.Total, loss.TrimStart(',', ' '));
    }

    public void Ended(JobMessage job, JobState state, string? reason)
    {
        lock (_lock)
        {
            display.Board?.Ended(job, state == JobState.Done ? reason is null : null);
            if (state is not JobState.Done)
            {
                display.Say($"{Name(job)}: {Words(state)}{(reason is null ? string.Empty : $", {reason}")}");
            }
            else if (reason is not null)
            {
                display.Say($"{Name(job)} failed: {reason}");
            }
            else
            {
                ShowDone(job);
            }
        }
    }

    private void ShowDone(JobMessage job)
    {
        // A job may be announced more than once: its message may have been sent again by a run that was killed.
        switch (job.Kind)
        {
            case JobKind.Label when _labelled.Add(job.JobId):
                display.ShowStation("labels", _labelled.Count, Math.Max(_toLabel, _labelled.Count), Subject(job));
                break;
            case JobKind.Render when _rendered.Add(job.JobId):
                display.ShowStation("comparisons", _rendered.Count, Math.Max(_comparisons, _rendered.Count), Subject(job));
                break;
            case JobKind.Train when _trained.Add(job.JobId):
                display.Say($"{Name(job)}: done");
                break;
            default:
                break;
        }
    }

    /// <summary><c>listings/{listingId}/...</c></summary>
    private static string ListingOf(BlobRef gateReport) => gateReport.Name.Split('/')[1];

    private static string Name(JobMessage job) => $"{Verb(job)} {Subject(job)}";

    private static string Words(JobState state) => state switch
    {
        JobState.LeftToRetry => "failed this time and is tried again",
        JobState.LeftByStop => "stopped; it is gone on with when the night is started again",
        JobState.Postponed => "another worker is at it",
        JobState.Lost => "another worker has taken it over",
        _ => state.ToString(),
    };

    private static string Verb(JobMessage job) => job.Kind switch
    {
        JobKind.Label => "label",
        JobKind.Train => "train",
        _ => "render",
    };

    private static string Subject(JobMessage job) => NightBoard.SubjectOf(job) switch
    {
        ["model", var model] => model,
        ["vs", var left, var right, var scene] => $"{left} vs {right}, {scene}",
        var other => string.Join(':', other),
    };
}
