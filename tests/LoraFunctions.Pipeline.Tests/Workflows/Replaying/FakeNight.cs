using LoraFunctions.Pipeline.Activities;
using LoraFunctions.Pipeline.Messages;
using LoraFunctions.Pipeline.Workflows;

namespace LoraFunctions.Pipeline.Tests.Workflows.Replaying;

/// <summary>
/// A night's world for workflows: seven listings of three car models, of which one has no fit photo; two pairs. Answers depend on the call only.
/// What fails is said by <see cref="Failing"/>.
/// </summary>
internal sealed class FakeNight
{
    public const string Date = "2025-03-02";

    public static readonly string[] Listings = ["a1", "a2", "a3", "b1", "b2", "c1", "bad"];

    /// <summary>Activities by name, or <c>name subject</c>: the subject is a listing, a model key or a job.</summary>
    public HashSet<string> Failing { get; } = [];

    /// <summary>Jobs whose result says that they failed.</summary>
    public HashSet<string> FailingJobs { get; } = [];

    /// <summary>Jobs whose events never come, and that have no result.</summary>
    public HashSet<string> LostJobs { get; } = [];

    public int AtOnce { get; init; } = 3;

    public static NightlyInput Input { get; } = new(Date, DeadlineUtc: null);

    public static BlobRef Blob(string name) => new("jobs", name, "\"1\"", Digests.OfText(name));

    public static PreparedJob Job(JobKind kind, string subject) =>
        new($"{kind}-{subject}".ToLowerInvariant(), kind, Blob($"{kind}-{subject}/spec.json"), TimeSpan.FromHours(1), 2);

    public WorkflowRun RunNight(int? seed = null) =>
        WorkflowRun.ToEnd(WorkflowNames.Nightly, Input, InstanceIds.Nightly(Date), Answer, seed);

    public Answer Answer(Call call) => call.Kind switch
    {
        CallKind.Workflow => RunChild(call),
        CallKind.Event => Event(call),
        _ when Failing.Contains(call.Name) => Replaying.Answer.Fails($"{call.Name} is down"),
        _ => Activity(call),
    };

    /// <summary>A sub-workflow runs to its end when it is called; whoever waits for it may be told later.</summary>
    private Answer RunChild(Call call)
    {
        var type = Hosting.PipelineCatalog.Workflow(call.Name).InputType;
        var input = System.Text.Json.JsonSerializer.Deserialize(call.Input, type, ContractJson.Options)!;
        var run = WorkflowRun.ToEnd(call.Name, input, call.InstanceId, Answer);
        return run.Output is { } json ? new Answer(json, null) : Replaying.Answer.Fails(run.Failure!.Message);
    }

    private Answer Event(Call call)
    {
        var lost = LostJobs.Any(j => call.InstanceId.Contains(j, StringComparison.Ordinal));
        return lost ? Replaying.Answer.Never : Replaying.Answer.Of(new ResultMessage(1, "any", call.InstanceId, call.Name));
    }

    private Answer Activity(Call call)
    {
        switch (call.Name)
        {
            case ActivityNames.PlanNight:
                PlannedListing[] listings = [.. Listings.Select(l => new PlannedListing(l, Model(l), $"key-{l}"))];
                string[] models = [.. listings.Select(l => l.ModelKey).Distinct().Order(StringComparer.Ordinal)];
                return Or(call, call.Name, new NightPlan(Date, new NightSettings(AtOnce, AtOnce, AtOnce), listings, models, []));
            case ActivityNames.GateListing:
                var listing = call.Read<GateListingInput>().Listing.ListingId;
                var accepted = listing == "bad" ? 0 : 20;
                return Or(call, listing, new GatedListing(Blob($"{listing}/gate-report.json"), accepted, 3));
            case ActivityNames.PrepareLabelJob:
                listing = call.Read<PrepareLabelJobInput>().Listing.ListingId;
                return Or(call, listing, Job(JobKind.Label, listing));
            case ActivityNames.AssembleDataset:
                var assemble = call.Read<AssembleDatasetInput>();
                return Or(call, assemble.ModelKey, new AssembledDataset(assemble.ModelKey.ToUpperInvariant(), 20 * assemble.Listings.Count, Blob("dataset.json"), []));
            case ActivityNames.PrepareTrainJob:
                var model = call.Read<PrepareTrainJobInput>().ModelKey;
                return Or(call, model, model == "model-c"
                    ? new TrainingDecision("MODEL-C", TrainingDue.NotYet, 20, "it has 20 of 50 photos; 30 more must pass the gate", null, null)
                    : new TrainingDecision(model.ToUpperInvariant(), TrainingDue.Now, 60, null, Job(JobKind.Train, model), null));
            case ActivityNames.PublishLora:
                model = call.Read<PublishLoraInput>().ModelKey;
                return Or(call, model, Blob($"{model}.safetensors"));
            case ActivityNames.PlanComparisons:
                PlannedComparison[] comparisons =
                [
                    new("model-a", "model-b", "street", Job(JobKind.Render, "street")),
                    new("model-a", "model-b", "night", Job(JobKind.Render, "night")),
                ];
                return Or(call, call.Name, new ComparisonPlan(comparisons, [new ReportedProblem("model-a vs model-c", "model-c has no LoRA yet")]));
            case ActivityNames.SubmitGpuJob:
                return Or(call, call.Read<SubmitGpuJobInput>().Job.JobId, JobObservation.NoResult);
            case ActivityNames.ReadJobResult:
                var job = call.Read<ReadJobResultInput>().JobId;
                return Or(call, job, Observe(job));
            case ActivityNames.PublishNight:
                var rendered = call.Read<PublishNightInput>().Comparisons.Count;
                return Or(call, call.Name, new PublishedNight(2 * rendered, rendered == 0 ? null : Blob("manifest.json"), []));
            case ActivityNames.WriteNightReport:
                return Or(call, call.Name, Blob("report.json"));
            default:
                throw new InvalidOperationException($"This world knows no {call.Name}.");
        }
    }

    private JobObservation Observe(string jobId) =>
        LostJobs.Contains(jobId) ? JobObservation.NoResult
        : FailingJobs.Contains(jobId) ? new JobObservation(JobStatus.Failed, "the GPU ran out of memory")
        : new JobObservation(JobStatus.Succeeded, null);

    private Answer Or<T>(Call call, string subject, T result) =>
        Failing.Contains($"{call.Name} {subject}") ? Replaying.Answer.Fails($"{call.Name} of {subject} is down") : Replaying.Answer.Of(result);

    private static string Model(string listing) => $"model-{listing[0]}";
}
