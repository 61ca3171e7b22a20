using LoraFunctions.Pipeline.Comparisons;
using LoraFunctions.Pipeline.Datasets;
using LoraFunctions.Pipeline.Jobs;
using LoraFunctions.Pipeline.Library;
using LoraFunctions.Pipeline.Listings;
using LoraFunctions.Pipeline.Orchestration;
using LoraFunctions.Pipeline.Training;
using Microsoft.DurableTask;

namespace LoraFunctions.Pipeline.Night;

/// <summary>
/// The night: plan, listings, car models, comparisons, publish, report. A pair is rendered as soon as both its LoRAs are there, and nothing that
/// fails on the way stops the others: it is in the report with its reason. Only where the night cannot be planned or published does it fail,
/// after its report is written, so that the timer starts it again.
/// </summary>
public sealed class NightOrchestrator : TaskOrchestrator<NightInput, NightOutcome>
{
    public override async Task<NightOutcome> RunAsync(TaskOrchestrationContext context, NightInput input)
    {
        var report = new NightReport(input.Date, NightStatus.Succeeded, [], [], [], [], 0, null);
        NightPlan plan;
        try
        {
            plan = await context.CallActivityAsync<NightPlan>(nameof(PlanNight), input, Retries.OfActivities);
        }
        catch (TaskFailedException e)
        {
            return await FailAsync(context, report, "the night's plan", e.Reason());
        }

        var asOf = context.CurrentUtcDateTime;
        var listings = await Turns.RunEachAsync(plan.Listings, input.Settings.MaxListingsAtOnce, listing => RunListingAsync(context, input, listing));
        var models = await Turns.RunEachAsync(plan.ModelKeys, input.Settings.MaxListingsAtOnce, key => LookAtAsync(context, input, plan, key, listings, asOf));
        var comparisons = new ComparisonPlan([], []);
        string? unplanned = null;
        try
        {
            var awaited = new PlanComparisonsInput([.. models.Where(m => m.Decision?.Job is not null).Select(m => m.ModelKey)]);
            comparisons = await context.CallActivityAsync<ComparisonPlan>(nameof(PlanComparisons), awaited, Retries.OfActivities);
        }
        catch (TaskFailedException e)
        {
            unplanned = e.Reason();
        }

        var trainings = new NightTrainings(context, input, asOf);
        var trained = models.ToDictionary(m => m.ModelKey, m => m.Decision is { } due ? trainings.RunAsync(m.ModelKey, due) : Task.FromResult(m.Failed!));
        var rendering = new Turns(input.Settings.MaxComparisonsAtOnce);
        var rendered = comparisons.Pairs.Select(pair => RenderAsync(context, input, pair, trained, rendering)).ToList();
        report = report with
        {
            Listings = listings,
            Models = await Task.WhenAll(models.Select(m => trained[m.ModelKey])),
            Comparisons = [.. (await Task.WhenAll(rendered)).SelectMany(outcomes => outcomes)],
            Problems = [.. plan.Problems, .. models.SelectMany(m => m.LeftOut), .. comparisons.LeftOut],
        };
        return unplanned is null
            ? await PublishAsync(context, report)
            : await FailAsync(context, report, "comparisons", unplanned);
    }

    private static async Task<ListingOutcome> RunListingAsync(TaskOrchestrationContext context, NightInput input, PlannedListing listing)
    {
        try
        {
            return await context.CallSubOrchestratorAsync<ListingOutcome>(
                nameof(ListingOrchestrator),
                new ListingInput(listing, input.TrainingsEndUtc),
                new SubOrchestrationOptions(instanceId: InstanceIds.Listing(context.InstanceId, listing.ListingId)));
        }
        catch (TaskFailedException e)
        {
            return new ListingOutcome(listing.ListingId, listing.ModelKey, ListingStatus.Failed, 0, 0, null, null, e.Reason());
        }
    }

    /// <summary>Takes tonight's listings of a car model into its data set and decides whether it is trained.</summary>
    private static async Task<ModelTonight> LookAtAsync(
        TaskOrchestrationContext context,
        NightInput input,
        NightPlan plan,
        string modelKey,
        IReadOnlyList<ListingOutcome> listings,
        DateTime asOf)
    {
        IReadOnlyList<ReportedProblem> leftOut = [];
        try
        {
            ListingOutcome[] ready = [.. listings.Where(l => l.ModelKey == modelKey && l.Status != ListingStatus.Failed)];
            var left = plan.Left.GetValueOrDefault(modelKey, []);
            if (ready.Length > 0 || left.Count > 0)
            {
                var assemble = new AssembleDatasetInput(modelKey, ready, left, asOf);
                leftOut = (await context.CallActivityAsync<AssembledDataset>(nameof(AssembleDataset), assemble, Retries.OfActivities)).LeftOut;
            }

            var request = new TrainingRequest(modelKey, input.Date, IdempotencyKey: "");
            var decision = await context.CallActivityAsync<TrainingDecision>(nameof(PrepareTrainJob), request, Retries.OfActivities);
            return new ModelTonight(modelKey, decision, null, leftOut);
        }
        catch (TaskFailedException e)
        {
            return new ModelTonight(modelKey, null, TrainingOrchestrator.NotDecided(modelKey, e.Reason()), leftOut);
        }
    }

    /// <summary>Every scene of a pair, once the trainings of both its sides have ended, however they did: an earlier LoRA is better than none.</summary>
    private static async Task<IReadOnlyList<ComparisonOutcome>> RenderAsync(
        TaskOrchestrationContext context,
        NightInput input,
        ChosenPair pair,
        Dictionary<string, Task<CarModelOutcome>> trained,
        Turns turns)
    {
        await Task.WhenAll(trained[pair.Left], trained[pair.Right]);
        try
        {
            var prepared = await turns.RunAsync(() =>
                context.CallActivityAsync<IReadOnlyList<PreparedComparison>>(nameof(PrepareRenderJobs), pair, Retries.OfActivities));
            return await Task.WhenAll(prepared.Select(scene => turns.RunAsync(() => RenderAsync(context, input, pair, scene))));
        }
        catch (TaskFailedException e)
        {
            return [new ComparisonOutcome(pair.Left, pair.Right, string.Join(", ", pair.Scenes), "", JobOutcomeStatus.Failed, e.Reason())];
        }
    }

    private static async Task<ComparisonOutcome> RenderAsync(TaskOrchestrationContext context, NightInput input, ChosenPair pair, PreparedComparison scene)
    {
        var (status, reason) = (JobOutcomeStatus.Failed, (string?)null);
        try
        {
            var id = InstanceIds.Comparison(context.InstanceId, pair.Left, pair.Right, scene.Scene);
            (_, status, _, _, reason) = await context.CallSubOrchestratorAsync<JobOutcome>(
                nameof(GpuJobOrchestrator),
                new GpuJobInput(scene.Job, input.DeadlineUtc),
                new SubOrchestrationOptions(instanceId: InstanceIds.GpuJob(id, JobKind.Render)));
        }
        catch (TaskFailedException e)
        {
            reason = e.Reason();
        }

        return new ComparisonOutcome(pair.Left, pair.Right, scene.Scene, scene.Job.JobId, status, reason);
    }

    private static async Task<NightOutcome> PublishAsync(TaskOrchestrationContext context, NightReport report)
    {
        PublishedNight published;
        try
        {
            ComparisonOutcome[] ready = [.. report.Comparisons.Where(c => c.Status == JobOutcomeStatus.Succeeded)];
            published = await context.CallActivityAsync<PublishedNight>(
                nameof(PublishNight),
                new PublishNightInput(report.Date, ready),
                Retries.OfActivities);
        }
        catch (TaskFailedException e)
        {
            return await FailAsync(context, report, "publishing", e.Reason());
        }

        report = report with
        {
            Problems = [.. report.Problems, .. published.Problems],
            Pictures = published.Pictures,
            Manifest = published.Manifest?.Name,
        };
        report = report with { Status = report.Failures() == 0 ? NightStatus.Succeeded : NightStatus.SucceededWithProblems };
        var blob = await context.CallActivityAsync<BlobRef>(nameof(WriteNightReport), report, Retries.OfActivities);
        return new NightOutcome(report.Date, report.Status, report.Pictures, report.Failures(), blob, report.Manifest);
    }

    /// <summary>Writes what there is to tell, and fails: the hourly timer leaves a completed night alone, a failed one it starts again.</summary>
    private static async Task<NightOutcome> FailAsync(TaskOrchestrationContext context, NightReport report, string subject, string reason)
    {
        report = report with { Status = NightStatus.Failed, Problems = [.. report.Problems, new ReportedProblem(subject, reason)] };
        var blob = await context.CallActivityAsync<BlobRef>(nameof(WriteNightReport), report, Retries.OfActivities);
        throw new InvalidOperationException($"The night of {report.Date} failed: {subject}: {reason} (report: {blob.Container}/{blob.Name})");
    }

    /// <summary>A car model before its training.</summary>
    /// <param name="Decision">Null when none could be made.</param>
    /// <param name="Failed">How it ended then.</param>
    private sealed record ModelTonight(string ModelKey, TrainingDecision? Decision, CarModelOutcome? Failed, IReadOnlyList<ReportedProblem> LeftOut);
}
