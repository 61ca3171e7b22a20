using System.Collections.Frozen;
using LoraFunctions.Pipeline.Activities;
using LoraFunctions.Pipeline.Messages;
using LoraFunctions.Pipeline.Workflows;

namespace LoraFunctions.Pipeline.Hosting;

/// <summary>
/// Every workflow and activity by its name, with the types that go in and come out. A host that runs them by name hands inputs and outputs
/// through <see cref="ContractJson.Options"/>, as the durable one does, so that nothing works here that would fail there.
/// </summary>
public static class PipelineCatalog
{
    private static readonly FrozenDictionary<string, WorkflowEntry> s_workflows = new[]
    {
        WorkflowEntry.Of(WorkflowNames.Nightly, new NightlyWorkflow()),
        WorkflowEntry.Of(WorkflowNames.Listing, new ListingWorkflow()),
        WorkflowEntry.Of(WorkflowNames.CarModel, new CarModelWorkflow()),
        WorkflowEntry.Of(WorkflowNames.Comparison, new ComparisonWorkflow()),
        WorkflowEntry.Of(WorkflowNames.TrainOnDemand, new TrainOnDemandWorkflow()),
        WorkflowEntry.Of(WorkflowNames.GpuJob, new GpuJobWorkflow()),
    }.ToFrozenDictionary(w => w.Name);

    private static readonly FrozenDictionary<string, ActivityEntry> s_activities = new[]
    {
        ActivityEntry.Of<PlanNightInput, NightPlan>(ActivityNames.PlanNight),
        ActivityEntry.Of<GateListingInput, GatedListing>(ActivityNames.GateListing),
        ActivityEntry.Of<PrepareLabelJobInput, PreparedJob>(ActivityNames.PrepareLabelJob),
        ActivityEntry.Of<AssembleDatasetInput, AssembledDataset>(ActivityNames.AssembleDataset),
        ActivityEntry.Of<PrepareTrainJobInput, TrainingDecision>(ActivityNames.PrepareTrainJob),
        ActivityEntry.Of<PublishLoraInput, BlobRef>(ActivityNames.PublishLora),
        ActivityEntry.Of<PlanComparisonsInput, ComparisonPlan>(ActivityNames.PlanComparisons),
        ActivityEntry.Of<SubmitGpuJobInput, JobObservation>(ActivityNames.SubmitGpuJob),
        ActivityEntry.Of<ReadJobResultInput, JobObservation>(ActivityNames.ReadJobResult),
        ActivityEntry.Of<PublishNightInput, PublishedNight>(ActivityNames.PublishNight),
        ActivityEntry.Of<NightReport, BlobRef>(ActivityNames.WriteNightReport),
    }.ToFrozenDictionary(a => a.Name);

    public static IEnumerable<WorkflowEntry> Workflows => s_workflows.Values.OrderBy(w => w.Name, StringComparer.Ordinal);

    public static IEnumerable<ActivityEntry> Activities => s_activities.Values.OrderBy(a => a.Name, StringComparer.Ordinal);

    /// <exception cref="KeyNotFoundException">There is no workflow of that name.</exception>
    public static WorkflowEntry Workflow(string name) =>
        s_workflows.GetValueOrDefault(name)
        ?? throw new KeyNotFoundException($"There is no workflow '{name}'; there are {string.Join(", ", Workflows.Select(w => w.Name))}.");

    /// <exception cref="KeyNotFoundException">There is no activity of that name.</exception>
    public static ActivityEntry Activity(string name) =>
        s_activities.GetValueOrDefault(name)
        ?? throw new KeyNotFoundException($"There is no activity '{name}'; there are {string.Join(", ", Activities.Select(a => a.Name))}.");
}
