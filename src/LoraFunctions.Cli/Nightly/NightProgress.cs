using System.Globalization;
using LoraFunctions.Cli.Hosting;
using LoraFunctions.Jobs;
using LoraFunctions.Pipeline.Contracts;
using LoraFunctions.Pipeline.Messages;
using LoraFunctions.Worker.Progress;
using LoraFunctions.Worker.Running;

namespace LoraFunctions.Cli.Nightly;

/// <summary>Turns what host and worker tell into steps of the night's stations, for a display to show.</summary>
internal sealed class NightProgress(INightDisplay display) : IActivityObserver, IWorkerObserver
{
    private readonly Lock _lock = new();
    private int _listings;
    private int _gated;
    private int _toLabel;
    private int _labelled;
    private int _comparisons;
    private int _rendered;

    public void Ended(object input, object output)
    {
        lock (_lock)
        {
            switch (output)
            {
                case NightPlan plan:
                    _listings = plan.Listings.Count;
                    display.Say($"{_listings} new listings of {plan.ModelKeys.Count} car models to look at");
                    break;
                case GatedListing gated when input is GateListingInput gate:
                    _gated++;
                    _toLabel += gated.Accepted > 0 ? 1 : 0;
                    display.Show("gate", _gated, _listings, $"{gate.Listing.ListingId}: {gated.Accepted} accepted, {gated.Rejected} rejected");
                    break;
                case AssembledDataset dataset:
                    display.Say($"data set of {dataset.DisplayName}: {dataset.Photos} photos");
                    break;
                case TrainingDecision { Job: null } decision:
                    display.Say($"{decision.DisplayName} is not trained: {decision.Reason}");
                    break;
                case ComparisonPlan plan:
                    _comparisons = plan.Comparisons.Count;
                    display.Say($"{_comparisons} comparisons to render");
                    break;
                case PublishedNight published:
                    display.Show("publishing", 1, 1, $"{published.Pictures} pictures");
                    break;
                default:
                    break;
            }
        }
    }

    public void Progressed(JobMessage job, JobProgress progress)
    {
        string loss = progress.Loss is { } value ? string.Create(CultureInfo.InvariantCulture, $", loss {value:0.0000}") : string.Empty;
        display.Show($"{Verb(job)} {Subject(job)}: {progress.Stage}", progress.Done, progress.Total, loss.TrimStart(',', ' '));
    }

    public void Ended(JobMessage job, JobState state, string? reason)
    {
        lock (_lock)
        {
            if (state is not JobState.Done)
            {
                display.Say($"{Verb(job)} {Subject(job)}: {state}{(reason is null ? string.Empty : $", {reason}")}");
            }
            else if (reason is not null)
            {
                display.Say($"{Verb(job)} {Subject(job)} failed: {reason}");
            }
            else if (job.Kind == JobKind.Label)
            {
                _labelled = Math.Min(_labelled + 1, _toLabel);
                display.Show("labels", _labelled, _toLabel, Subject(job));
            }
            else if (job.Kind == JobKind.Render)
            {
                _rendered = Math.Min(_rendered + 1, _comparisons);
                display.Show("comparisons", _rendered, _comparisons, Subject(job));
            }
            else
            {
                display.Say($"{Verb(job)} {Subject(job)}: done");
            }
        }
    }

    private static string Verb(JobMessage job) => job.Kind switch
    {
        JobKind.Label => "label",
        JobKind.Train => "train",
        _ => "render",
    };

    /// <summary>The part of the instance's name between the night and the job's kind.</summary>
    private static string Subject(JobMessage job)
    {
        int first = job.InstanceId.IndexOf(':', StringComparison.Ordinal);
        int last = job.InstanceId.LastIndexOf(':');
        string middle = first >= 0 && last > first ? job.InstanceId[(first + 1)..last] : job.InstanceId;
        return middle.Split(':') switch
        {
            ["model", var model] => model,
            ["vs", var left, var right, var scene] => $"{left} vs {right}, {scene}",
            _ => middle,
        };
    }
}
