using LoraFunctions.Pipeline.Comparisons;
using LoraFunctions.Pipeline.Datasets;
using LoraFunctions.Pipeline.Jobs;
using LoraFunctions.Pipeline.Library;
using LoraFunctions.Pipeline.Listings;
using LoraFunctions.Pipeline.Night;
using LoraFunctions.Pipeline.Orchestration;
using LoraFunctions.Pipeline.Training;

namespace LoraFunctions.Pipeline.Tests.Replaying;

/// <summary>
/// A night's world for orchestrators: seven listings of three car models, of which one has no fit photo; two pairs. Answers depend on the call only.
/// What fails is said by <see cref="Failing"/>.
/// </summary>
internal sealed class FakeNight
{
    public const string Date = "2025-03-02";

    /// <summary>Of the car model that the name without its last character says, but for <c>bad</c>.</summary>
    public IReadOnlyList<string> Listings { get; init; } = ["a1", "a2", "a3", "b1", "b2", "c1", "bad"];

    public IReadOnlyList<ChosenPair> Pairs { get; init; } = [new("model-a", "model-b", ["street", "night"], "wide")];

    /// <summary>Every call of the night and of its children, in their order.</summary>
    public List<Call> Calls { get; } = [];

    /// <summary>Orchestrators and activities by name, or <c>name subject</c>: the subject is a listing, a model key or a job.</summary>
    public HashSet<string> Failing { get; } = [];

    /// <summary>Jobs whose result says that they failed.</summary>
    public HashSet<string> FailingJobs { get; } = [];

    /// <summary>Jobs whose events never come, and that have no result.</summary>
    public HashSet<string> LostJobs { get; } = [];

    public int AtOnce { get; init; } = 3;

    /// <summary>Null: none.</summary>
    public DateTime? Deadline { get; init; }

    /// <summary>Car models that have a LoRA from an earlier night.</summary>
    public HashSet<string> TrainedBefore { get; } = [];

    /// <summary>A car model that is trained like the others, after them; null: the third waits for photos.</summary>
    public string? LateModel { get; init; }

    public TimeSpan TrainingTook { get; init; } = TimeSpan.FromMinutes(20);

    public NightInput Input => new(Date, Deadline, new NightSettings(AtOnce, AtOnce, AtOnce, TimeSpan.FromMinutes(30), TimeSpan.FromHours(1)));

    public static BlobRef Blob(string name) => new("jobs", name, "\"1\"", Digests.OfText(name));

    public static PreparedJob Job(JobKind kind, string subject) =>
        new($"{kind}-{subject}".ToLowerInvariant(), kind, Blob($"{kind}-{subject}/spec.json"), TimeSpan.FromHours(1), 2);

    public OrchestratorRun RunNight(int? seed = null) =>
        OrchestratorRun.ToEnd(nameof(NightOrchestrator), Input, InstanceIds.Night(Date), Answer, seed);

    public Answer Answer(Call call, DateTime now)
    {
        Calls.Add(call);
        return call.Kind switch
        {
            CallKind.Event => Event(call),
            _ when Failing.Contains(call.Name) => Replaying.Answer.Fails($"{call.Name} is down"),
            CallKind.Orchestrator => RunChild(call, now),
            _ => Activity(call),
        };
    }

    /// <summary>The inputs of an activity's or orchestrator's calls.</summary>
    public IReadOnlyList<T> Inputs<T>(string name) => [.. Calls.Where(c => c.Name == name).Select(c => c.Read<T>())];

    /// <summary>A sub-orchestrator runs to its end when it is called; whoever waits for it may be told later.</summary>
    private Answer RunChild(Call call, DateTime now)
    {
        var type = OrchestratorRun.Orchestrator(call.Name).InputType;
        var input = System.Text.Json.JsonSerializer.Deserialize(call.Input, type, ContractJson.Options)!;
        var run = OrchestratorRun.ToEnd(call.Name, input, call.InstanceId, Answer, begin: now);
        return run.Output is { } json ? new Answer(json, null, run.CurrentUtcDateTime - now) : Replaying.Answer.Fails(run.Failure!.Message);
    }

    private Answer Event(Call call)
    {
        var lost = LostJobs.Any(j => call.InstanceId.EndsWith(string.Join(':', j.Split('-', 2).Reverse()), StringComparison.Ordinal));
        return lost ? Replaying.Answer.Never : Replaying.Answer.Of(new ResultMessage(1, "any", call.InstanceId, call.Name));
    }

    public static Vehicle Vehicle { get; } = new(1, "Make", "Model", "", 2025, "suv", 1, true, [], DateTimeOffset.UnixEpoch);

    private Answer Activity(Call call)
    {
        switch (call.Name)
        {
            case nameof(PlanNight):
                PlannedListing[] listings = [.. Listings.Select(l => new PlannedListing(l, Model(l), $"key-{l}", Vehicle))];
                string[] models = [.. listings.Select(l => l.ModelKey).Distinct().Order(StringComparer.Ordinal)];
                return Or(call, call.Name, new NightPlan(Date, listings, models, new Dictionary<string, IReadOnlyList<string>>(), []));
            case nameof(GateListing):
                var listing = call.Read<PlannedListing>().ListingId;
                var accepted = listing == "bad" ? 0 : 20;
                return Or(call, listing, new GatedListing(Blob($"{listing}/gate-report.json"), accepted, 3));
            case nameof(PrepareLabelJob):
                listing = call.Read<BlobRef>().Name.Split('/')[0];
                return Or(call, listing, Job(JobKind.Label, listing));
            case nameof(AssembleDataset):
                var assemble = call.Read<AssembleDatasetInput>();
                return Or(call, assemble.ModelKey, new AssembledDataset(assemble.ModelKey.ToUpperInvariant(), 20 * assemble.Listings.Count, []));
            case nameof(PrepareTrainJob):
                var model = call.Read<TrainingInput>().ModelKey;
                return Or(call, model, model == "model-c" && LateModel is null
                    ? new PreparedTraining(model, "MODEL-C", TrainingDue.NotYet, 20, "it has 20 of 50 photos; 30 more must pass the gate", null, null)
                    : new PreparedTraining(model, model.ToUpperInvariant(), TrainingDue.Now, 60, null, Job(JobKind.Train, model), TrainedBefore.Contains(model) ? Blob($"{model}/old.safetensors") : null));
            case nameof(PublishLora):
                model = call.Read<PublishLoraInput>().ModelKey;
                return Or(call, model, Blob($"{model}.safetensors"));
            case nameof(PlanComparisons):
                return Or(call, call.Name, new ComparisonPlan(Pairs, [new ReportedProblem("model-a vs model-c", "model-c has no LoRA yet")]));
            case nameof(PrepareRenderJobs):
                var scenes = call.Read<ChosenPair>().Scenes.Select(s => new PreparedComparison(s, Job(JobKind.Render, s)));
                return Or(call, call.Name, scenes.ToList());
            case nameof(SubmitGpuJob):
                return Or(call, call.Read<SubmitGpuJobInput>().Job.JobId, JobObservation.NoResult);
            case nameof(ReadJobResult):
                var job = call.Read<PreparedJob>().JobId;
                return Or(call, job, Observe(job));
            case nameof(PublishNight):
                var rendered = call.Read<PublishNightInput>().Comparisons.Count;
                return Or(call, call.Name, new PublishedNight(2 * rendered, rendered == 0 ? null : Blob("manifest.json"), []));
            case nameof(WriteNightReport):
                return Or(call, call.Name, Blob("report.json"));
            default:
                throw new InvalidOperationException($"This world knows no {call.Name}.");
        }
    }

    private JobObservation Observe(string jobId) =>
        LostJobs.Contains(jobId) ? JobObservation.NoResult
        : FailingJobs.Contains(jobId) ? new JobObservation(JobStatus.Failed, "the GPU ran out of memory", TrainingTook)
        : new JobObservation(JobStatus.Succeeded, null, TrainingTook);

    private Answer Or<T>(Call call, string subject, T result) =>
        Failing.Contains($"{call.Name} {subject}") ? Replaying.Answer.Fails($"{call.Name} of {subject} is down") : Replaying.Answer.Of(result);

    private static string Model(string listing) => listing == "bad" ? "model-b" : $"model-{listing[..^1]}";
}
