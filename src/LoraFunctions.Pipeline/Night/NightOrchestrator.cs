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
/// The night: plan, listings, data sets, trainings with the comparisons that wait for them, publish, report. Its work is done by sub-orchestrations
/// of some dozens of items each. Nothing that fails on the way stops the others: it is in the report with its reason. Only where the night cannot
/// be planned or published does it fail, after its report is written, so that the timer starts it again.
/// </summary>
public sealed class NightOrchestrator : TaskOrchestrator<NightInput, NightOutcome>
{
    /// <summary>
    /// Trainings of a chunk for each that may be on the queue at once. The next chunk begins when a chunk has ended, so this is more than a GPU
    /// does in a night: none waits for another's last training.
    /// </summary>
    private const int TrainingsInARow = 16;

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
            return await FailAsync(context, input, report, "the night's plan", e.Reason());
        }

        var asOf = context.CurrentUtcDateTime;
        var listings = await RunListingsAsync(context, input, plan);
        var models = await LookAtModelsAsync(context, input, plan, listings, asOf);
        var comparisons = new ComparisonPlan([], []);
        string? unplanned = null;
        try
        {
            var awaited = new PlanComparisonsInput([.. models.Where(m => m.Prepared?.Job is not null).Select(m => m.ModelKey)]);
            comparisons = await context.CallActivityAsync<ComparisonPlan>(nameof(PlanComparisons), awaited, Retries.OfActivities);
        }
        catch (TaskFailedException e)
        {
            unplanned = e.Reason();
        }

        report = report with { Listings = listings, Problems = [.. plan.Problems, .. models.SelectMany(m => m.LeftOut), .. comparisons.LeftOut] };
        report = await TrainAndRenderAsync(context, input, report, models, comparisons.Pairs, asOf);
        return unplanned is null
            ? await PublishAsync(context, input, report)
            : await FailAsync(context, input, report, "comparisons", unplanned);
    }

    private static Task<IReadOnlyList<ListingOutcome>> RunListingsAsync(TaskOrchestrationContext context, NightInput input, NightPlan plan) =>
        Chunks.RunEachAsync<PlannedListing, ListingOutcome>(plan.Listings, input.Settings.MaxListingsAtOnce, async (chunk, number, atOnce) =>
        {
            try
            {
                return await context.CallSubOrchestratorAsync<ListingOutcome[]>(
                    nameof(ListingsOrchestrator),
                    new ListingsInput(context.InstanceId, chunk, atOnce, input.TrainingsEndUtc),
                    new SubOrchestrationOptions(instanceId: InstanceIds.Chunk(context.InstanceId, "listings", number)));
            }
            catch (TaskFailedException e)
            {
                return [.. chunk.Select(listing => ListingsOrchestrator.Outcome(listing, null, ListingStatus.Failed, reason: e.Reason()))];
            }
        });

    private static Task<IReadOnlyList<ModelTonight>> LookAtModelsAsync(
        TaskOrchestrationContext context,
        NightInput input,
        NightPlan plan,
        IReadOnlyList<ListingOutcome> listings,
        DateTime asOf)
    {
        var ready = listings.Where(l => l.Status != ListingStatus.Failed).ToLookup(l => l.ModelKey);
        var models = plan.ModelKeys.Select(key => new AssembleDatasetInput(key, [.. ready[key]], plan.Left.GetValueOrDefault(key, []), asOf));
        return Chunks.RunEachAsync<AssembleDatasetInput, ModelTonight>(models, input.Settings.MaxListingsAtOnce, async (chunk, number, atOnce) =>
        {
            try
            {
                return await context.CallSubOrchestratorAsync<ModelTonight[]>(
                    nameof(DatasetsOrchestrator),
                    new DatasetsInput(input.Date, chunk, atOnce, input.Retrain, input.RetrainKey),
                    new SubOrchestrationOptions(instanceId: InstanceIds.Chunk(context.InstanceId, "datasets", number)));
            }
            catch (TaskFailedException e)
            {
                return [.. chunk.Select(model => new ModelTonight(model.ModelKey, null, e.Reason(), []))];
            }
        });
    }

    /// <summary>
    /// Chunk after chunk of the trainings. A pair goes with the later of its trainings, one without any with the first chunk: when a chunk begins,
    /// its pairs wait for nothing but its own trainings.
    /// </summary>
    private static async Task<NightReport> TrainAndRenderAsync(
        TaskOrchestrationContext context,
        NightInput input,
        NightReport report,
        IReadOnlyList<ModelTonight> models,
        IReadOnlyList<ChosenPair> pairs,
        DateTime asOf)
    {
        var size = Math.Max(Chunks.Size, TrainingsInARow * input.Settings.MaxTrainingsAtOnce);
        PreparedTraining[] due = [.. models.Select(m => m.Prepared).OfType<PreparedTraining>().Where(p => p.Job is not null)];
        var chunkOf = due.Select((training, at) => (training.ModelKey, Chunk: at / size)).ToDictionary(t => t.ModelKey, t => t.Chunk);
        var waiting = pairs.ToLookup(p => Math.Max(chunkOf.GetValueOrDefault(p.Left), chunkOf.GetValueOrDefault(p.Right)));
        var trained = new List<CarModelOutcome>();
        var rendered = new List<ComparisonOutcome>();
        var longest = TimeSpan.Zero;
        for (var number = 0; number * size < due.Length || waiting.Contains(number); number++)
        {
            var chunk = new TrainAndRenderInput(
                input,
                context.InstanceId,
                asOf,
                longest,
                [.. due.Skip(number * size).Take(size)],
                [.. waiting[number]]);
            var done = await TrainAndRenderAsync(context, chunk, number);
            trained.AddRange(done.Models);
            rendered.AddRange(done.Comparisons);
            longest = done.Longest;
        }

        var outcomes = trained.ToDictionary(m => m.ModelKey);
        var scenes = rendered.ToLookup(c => (c.Left, c.Right));
        return report with
        {
            Models = [.. models.Select(m => outcomes.GetValueOrDefault(m.ModelKey) ?? m.NotTrained())],
            Comparisons = [.. pairs.Select(p => (p.Left, p.Right)).Distinct().SelectMany(pair => scenes[pair])],
        };
    }

    private static async Task<TrainedAndRendered> TrainAndRenderAsync(TaskOrchestrationContext context, TrainAndRenderInput chunk, int number)
    {
        try
        {
            return await context.CallSubOrchestratorAsync<TrainedAndRendered>(
                nameof(TrainAndRenderOrchestrator),
                chunk,
                new SubOrchestrationOptions(instanceId: InstanceIds.Chunk(context.InstanceId, "trainings", number)));
        }
        catch (TaskFailedException e)
        {
            return new TrainedAndRendered(
                [.. chunk.Trainings.Select(due => CarModelOutcome.Failed(due.ModelKey, e.Reason()))],
                [.. chunk.Pairs.Select(pair => ComparisonOutcome.NotAskedFor(pair, e.Reason()))],
                chunk.Longest);
        }
    }

    private static async Task<NightOutcome> PublishAsync(TaskOrchestrationContext context, NightInput input, NightReport report)
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
            return await FailAsync(context, input, report, "publishing", e.Reason());
        }

        report = report with
        {
            Problems = [.. report.Problems, .. published.Problems],
            Pictures = published.Pictures,
            Manifest = published.Manifest?.Name,
        };
        var failed = report.Failed().Count;
        report = report with { Status = failed == 0 ? NightStatus.Succeeded : NightStatus.SucceededWithProblems };
        var blob = await context.CallActivityAsync<BlobRef>(nameof(WriteNightReport), report, Retries.OfActivities);
        return await NotifyAsync(context, input, new NightOutcome(report.Date, report.Status, report.Pictures, failed, blob, report.Manifest));
    }

    /// <summary>Writes what there is to tell, and fails: the hourly timer leaves a completed night alone, a failed one it starts again.</summary>
    private static async Task<NightOutcome> FailAsync(TaskOrchestrationContext context, NightInput input, NightReport report, string subject, string reason)
    {
        report = report with { Status = NightStatus.Failed, Problems = [.. report.Problems, new ReportedProblem(subject, reason)] };
        var blob = await context.CallActivityAsync<BlobRef>(nameof(WriteNightReport), report, Retries.OfActivities);
        await NotifyAsync(context, input, new NightOutcome(report.Date, report.Status, report.Pictures, report.Failed().Count, blob, report.Manifest));
        throw new InvalidOperationException($"The night of {report.Date} failed: {subject}: {reason} (report: {blob.Container}/{blob.Name})");
    }

    /// <summary>Tells whoever wants to know. A receiver that does not answer changes nothing: the report is written.</summary>
    private static async Task<NightOutcome> NotifyAsync(TaskOrchestrationContext context, NightInput input, NightOutcome outcome)
    {
        try
        {
            if (input.Settings.Notifies)
            {
                await context.CallActivityAsync<bool>(nameof(NotifyNight), outcome, Retries.OfActivities);
            }
        }
        catch (TaskFailedException)
        {
            // The activity's failure stands in the journal and in the log.
        }

        return outcome;
    }
}
