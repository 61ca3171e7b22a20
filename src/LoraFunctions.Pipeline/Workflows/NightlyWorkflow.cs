using LoraFunctions.Pipeline.Activities;
using LoraFunctions.Pipeline.Messages;

namespace LoraFunctions.Pipeline.Workflows;

/// <summary>
/// The night: plan, listings, car models, comparisons, publish, report. One stage ends before the next begins, and nothing that fails stops it:
/// whatever failed is in the report with its reason.
/// </summary>
public sealed class NightlyWorkflow : IWorkflow<NightlyInput, NightOutcome>
{
    public async Task<NightOutcome> RunAsync(IWorkflowContext context, NightlyInput input)
    {
        var problems = new List<ReportedProblem>();
        NightPlan plan;
        try
        {
            plan = await context.CallActivityAsync<NightPlan>(ActivityNames.PlanNight, new PlanNightInput(input.Date));
        }
        catch (ActivityFailedException e)
        {
            problems.Add(new ReportedProblem("the night's plan", e.Reason));
            return await ReportAsync(context, new NightReport(input.Date, NightStatus.Failed, [], [], [], problems, 0, null));
        }

        problems.AddRange(plan.Problems);
        var listings = await FanOut.RunAsync(plan.Listings, plan.Settings.MaxListingsAtOnce, listing => RunListingAsync(context, input, listing));
        var models = await FanOut.RunAsync(plan.ModelKeys, plan.Settings.MaxModelsAtOnce, key => RunModelAsync(context, input, key, listings));
        problems.AddRange(models.SelectMany(m => m.LeftOut));
        var comparisons = await RunComparisonsAsync(context, input, plan.Settings, problems);
        var published = await PublishAsync(context, input, comparisons, problems);

        var failed = problems.Count > 0
            || listings.Any(l => l.Status == ListingStatus.Failed)
            || models.Any(m => m.Status == CarModelStatus.Failed)
            || comparisons.Any(c => c.Status != JobOutcomeStatus.Succeeded);
        var status = failed ? NightStatus.SucceededWithProblems : NightStatus.Succeeded;
        return await ReportAsync(
            context,
            new NightReport(input.Date, status, listings, models, comparisons, problems, published.Pictures, published.Manifest?.Name));
    }

    private static async Task<ListingOutcome> RunListingAsync(IWorkflowContext context, NightlyInput input, PlannedListing listing)
    {
        try
        {
            return await context.CallSubOrchestratorAsync<ListingOutcome>(
                WorkflowNames.Listing,
                new ListingInput(input.Date, listing, input.DeadlineUtc),
                InstanceIds.Listing(context.InstanceId, listing.ListingId));
        }
        catch (ActivityFailedException e)
        {
            return new ListingOutcome(listing, ListingStatus.Failed, 0, 0, null, null, e.Reason);
        }
    }

    private static async Task<CarModelOutcome> RunModelAsync(
        IWorkflowContext context,
        NightlyInput input,
        string modelKey,
        IReadOnlyList<ListingOutcome> listings)
    {
        var ready = listings
            .Where(l => l.Listing.ModelKey == modelKey && l.Status != ListingStatus.Failed)
            .Select(l => new GatedAndLabelled(l.Listing.ListingId, l.Listing.ListingKey, l.GateReport!, l.LabelJobId))
            .ToList();
        try
        {
            return await context.CallSubOrchestratorAsync<CarModelOutcome>(
                WorkflowNames.CarModel,
                new CarModelInput(input.Date, modelKey, ready, input.DeadlineUtc),
                InstanceIds.CarModel(context.InstanceId, modelKey));
        }
        catch (ActivityFailedException e)
        {
            return new CarModelOutcome(modelKey, modelKey, CarModelStatus.Failed, 0, null, null, e.Reason);
        }
    }

    private static async Task<IReadOnlyList<ComparisonOutcome>> RunComparisonsAsync(
        IWorkflowContext context,
        NightlyInput input,
        NightSettings settings,
        List<ReportedProblem> problems)
    {
        try
        {
            var plan = await context.CallActivityAsync<ComparisonPlan>(ActivityNames.PlanComparisons, new PlanComparisonsInput(input.Date));
            problems.AddRange(plan.LeftOut);
            return await FanOut.RunAsync(plan.Comparisons, settings.MaxComparisonsAtOnce, c => RunComparisonAsync(context, input, c));
        }
        catch (ActivityFailedException e)
        {
            problems.Add(new ReportedProblem("comparisons", e.Reason));
            return [];
        }
    }

    private static async Task<ComparisonOutcome> RunComparisonAsync(IWorkflowContext context, NightlyInput input, PlannedComparison comparison)
    {
        try
        {
            return await context.CallSubOrchestratorAsync<ComparisonOutcome>(
                WorkflowNames.Comparison,
                new ComparisonInput(comparison, input.DeadlineUtc),
                InstanceIds.Comparison(context.InstanceId, comparison.Left, comparison.Right, comparison.Scene));
        }
        catch (ActivityFailedException e)
        {
            return new ComparisonOutcome(
                comparison.Left, comparison.Right, comparison.Scene, comparison.Job.JobId, JobOutcomeStatus.Failed, e.Reason);
        }
    }

    private static async Task<PublishedNight> PublishAsync(
        IWorkflowContext context,
        NightlyInput input,
        IReadOnlyList<ComparisonOutcome> comparisons,
        List<ReportedProblem> problems)
    {
        var rendered = comparisons
            .Where(c => c.Status == JobOutcomeStatus.Succeeded)
            .Select(c => new RenderedComparison(c.Left, c.Right, c.Scene, c.JobId))
            .ToList();
        try
        {
            var published = await context.CallActivityAsync<PublishedNight>(
                ActivityNames.PublishNight,
                new PublishNightInput(input.Date, rendered));
            problems.AddRange(published.Problems);
            return published;
        }
        catch (ActivityFailedException e)
        {
            problems.Add(new ReportedProblem("publishing", e.Reason));
            return new PublishedNight(0, null, []);
        }
    }

    private static async Task<NightOutcome> ReportAsync(IWorkflowContext context, NightReport report)
    {
        var blob = await context.CallActivityAsync<BlobRef>(ActivityNames.WriteNightReport, report);
        var problems = report.Problems.Count
            + report.Listings.Count(l => l.Status == ListingStatus.Failed)
            + report.Models.Count(m => m.Status == CarModelStatus.Failed)
            + report.Comparisons.Count(c => c.Status != JobOutcomeStatus.Succeeded);
        return new NightOutcome(report.Date, report.Status, report.Pictures, problems, blob, report.Manifest);
    }
}
