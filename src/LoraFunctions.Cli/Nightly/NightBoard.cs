using LoraFunctions.Jobs;
using LoraFunctions.Pipeline.Comparisons;
using LoraFunctions.Pipeline.Night;
using LoraFunctions.Pipeline.Training;

namespace LoraFunctions.Cli.Nightly;

/// <summary>Where each car model of the night stands. Told from several threads; a night that goes on after an interruption learns of its car models as they come.</summary>
internal sealed class NightBoard(TimeProvider time)
{
    private readonly Lock _lock = new();
    private readonly List<string> _order = [];
    private readonly Dictionary<string, BoardRow> _rows = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _modelOfListing = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Running> _running = new(StringComparer.Ordinal);
    private readonly HashSet<string> _ended = new(StringComparer.Ordinal);
    private readonly Dictionary<JobKind, (int Count, TimeSpan Time)> _took = [];

    public void Planned(NightPlan plan)
    {
        lock (_lock)
        {
            foreach (var model in plan.Listings.GroupBy(l => l.ModelKey).OrderBy(m => m.Key, StringComparer.Ordinal))
            {
                Change(model.Key, row => row with { Name = model.Last().Vehicle.DisplayName, Listings = model.Count() });
            }

            foreach (var listing in plan.Listings)
            {
                _modelOfListing[listing.ListingId] = listing.ModelKey;
            }
        }
    }

    public void Gated(string listingId, int accepted)
    {
        lock (_lock)
        {
            if (_modelOfListing.TryGetValue(listingId, out var model))
            {
                Change(model, row => row with { Gated = row.Gated + 1, ToLabel = row.ToLabel + (accepted > 0 ? 1 : 0) });
            }
        }
    }

    public void Prepared(PreparedTraining training)
    {
        lock (_lock)
        {
            if (training.Job is not null || _rows.ContainsKey(training.ModelKey))
            {
                var state = training.Job is not null ? TrainingTonight.Queued : training.Due == TrainingDue.UpToDate ? TrainingTonight.UpToDate : TrainingTonight.Waits;
                Change(training.ModelKey, row => row with { Name = training.DisplayName, Training = state });
            }
        }
    }

    public void Planned(ComparisonPlan plan)
    {
        lock (_lock)
        {
            foreach (var pair in plan.Pairs)
            {
                Change(pair.Left, row => row with { Comparisons = row.Comparisons + pair.Scenes.Count });
                Change(pair.Right, row => row with { Comparisons = row.Comparisons + pair.Scenes.Count });
            }
        }
    }

    public void Moved(JobMessage job, JobProgress progress)
    {
        lock (_lock)
        {
            if (!_running.TryGetValue(job.JobId, out var running))
            {
                _running[job.JobId] = running = new Running(job.Kind, time.GetTimestamp(), new Pace(time));
            }

            running.Left = running.Pace.LeftOf(progress) ?? running.Left;
            foreach (var model in ModelsOf(job))
            {
                Change(model, row => row with { Now = progress, Left = running.Left, Training = job.Kind == JobKind.Train ? TrainingTonight.UnderWay : row.Training });
            }
        }
    }

    /// <param name="succeeded">Null: it is not at its end, and goes on later or elsewhere.</param>
    public void Ended(JobMessage job, bool? succeeded)
    {
        lock (_lock)
        {
            if (_running.Remove(job.JobId, out var running) && succeeded == true)
            {
                var (count, took) = _took.GetValueOrDefault(job.Kind);
                _took[job.Kind] = (count + 1, took + time.GetElapsedTime(running.Began));
            }

            // A job may be announced more than once: its message may have been sent again by a run that was killed.
            var isNew = succeeded is not null && _ended.Add(job.JobId);
            foreach (var model in ModelsOf(job))
            {
                Change(model, row => (row with { Now = null, Left = null }) is var still && !isNew ? still : job.Kind switch
                {
                    JobKind.Label => still with { Labelled = still.Labelled + 1 },
                    JobKind.Train => still with { Training = succeeded == true ? TrainingTonight.Trained : TrainingTonight.Failed },
                    _ => still with { Rendered = still.Rendered + 1 },
                });
            }
        }
    }

    /// <summary>Car models in the order in which they came, each as it is now.</summary>
    public IReadOnlyList<BoardRow> Rows()
    {
        lock (_lock)
        {
            return [.. _order.Select(key => _rows[key])];
        }
    }

    /// <summary>Until all that is known of is done, by what such jobs took so far; null before one was measured.</summary>
    /// <param name="isLeast">Nothing is known yet of some of them.</param>
    public TimeSpan? Left(out bool isLeast)
    {
        lock (_lock)
        {
            isLeast = false;
            TimeSpan? all = null;
            foreach (var kind in Enum.GetValues<JobKind>())
            {
                var running = _running.Values.Where(r => r.Kind == kind).ToList();
                var waiting = _rows.Values.Sum(row => row.Open(kind)) / (kind == JobKind.Render ? 2 : 1) - running.Count;
                TimeSpan? one = _took.TryGetValue(kind, out var took) ? took.Time / took.Count
                    : running.FirstOrDefault(r => r.Left is not null) is { } measured ? time.GetElapsedTime(measured.Began) + measured.Left
                    : null;
                if (one is null)
                {
                    isLeast |= waiting > 0;
                    continue;
                }

                all = (all ?? TimeSpan.Zero) + (one.Value * Math.Max(0, waiting)) + running.Aggregate(TimeSpan.Zero, (sum, r) => sum + (r.Left ?? one.Value));
            }

            return all;
        }
    }

    /// <summary>The part of the instance's name between the night and the job's kind: a listing, <c>model:key</c>, or <c>vs:left:right:scene</c>.</summary>
    public static string[] SubjectOf(JobMessage job)
    {
        int first = job.InstanceId.IndexOf(':', StringComparison.Ordinal);
        int last = job.InstanceId.LastIndexOf(':');
        return (first >= 0 && last > first ? job.InstanceId[(first + 1)..last] : job.InstanceId).Split(':');
    }

    private string[] ModelsOf(JobMessage job) => SubjectOf(job) switch
    {
        ["model", var model] => [model],
        ["vs", var left, var right, _] => [left, right],
        [var listing] when _modelOfListing.TryGetValue(listing, out var model) => [model],
        _ => [],
    };

    private void Change(string model, Func<BoardRow, BoardRow> change)
    {
        if (!_rows.TryGetValue(model, out var row))
        {
            row = new BoardRow(model);
            _order.Add(model);
        }

        _rows[model] = change(row);
    }

    private sealed class Running(JobKind kind, long began, Pace pace)
    {
        public JobKind Kind => kind;

        public long Began => began;

        public Pace Pace => pace;

        public TimeSpan? Left { get; set; }
    }
}

/// <summary>One car model.</summary>
internal sealed record BoardRow(string Name)
{
    public int Listings { get; init; }

    public int Gated { get; init; }

    /// <summary>Listings of which the gate let photos through.</summary>
    public int ToLabel { get; init; }

    public int Labelled { get; init; }

    public TrainingTonight Training { get; init; }

    /// <summary>Scenes of its pairs.</summary>
    public int Comparisons { get; init; }

    public int Rendered { get; init; }

    /// <summary>The job under way; null: none.</summary>
    public JobProgress? Now { get; init; }

    /// <summary>To the end of its stage.</summary>
    public TimeSpan? Left { get; init; }

    public bool IsDone => Now is null && Gated >= Listings && Enum.GetValues<JobKind>().All(kind => Open(kind) == 0);

    /// <summary>Jobs of a kind that have not ended.</summary>
    public int Open(JobKind kind) => Math.Max(0, kind switch
    {
        JobKind.Label => ToLabel - Labelled,
        JobKind.Train => Training is TrainingTonight.Queued or TrainingTonight.UnderWay ? 1 : 0,
        _ => Comparisons - Rendered,
    });
}

/// <summary>A car model's training tonight.</summary>
internal enum TrainingTonight
{
    /// <summary>It has not been looked at whether it is due.</summary>
    Unknown,

    Waits,

    UpToDate,

    Queued,

    UnderWay,

    Trained,

    Failed,
}
