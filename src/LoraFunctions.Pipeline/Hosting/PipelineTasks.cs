using LoraFunctions.Pipeline.Comparisons;
using LoraFunctions.Pipeline.Datasets;
using LoraFunctions.Pipeline.Jobs;
using LoraFunctions.Pipeline.Library;
using LoraFunctions.Pipeline.Listings;
using LoraFunctions.Pipeline.Night;
using LoraFunctions.Pipeline.Training;
using Microsoft.DurableTask;

namespace LoraFunctions.Pipeline.Hosting;

/// <summary>
/// Every orchestrator and activity. Their names are those of their classes, as histories carry them: whoever renames one strands what runs.
/// An activity may run more than once for one call, also twice at once, and after a crash of the host: its names are deterministic and what
/// it makes is committed last with <c>If-None-Match</c>. It throws what goes wrong; turning a failure into an outcome is the orchestrators'
/// business.
/// </summary>
public static class PipelineTasks
{
    public static void Add(DurableTaskRegistry registry) => registry
        .AddOrchestrator<NightOrchestrator>()
        .AddOrchestrator<ListingsOrchestrator>()
        .AddOrchestrator<DatasetsOrchestrator>()
        .AddOrchestrator<TrainAndRenderOrchestrator>()
        .AddOrchestrator<TrainingOrchestrator>()
        .AddOrchestrator<ComparisonOrchestrator>()
        .AddOrchestrator<GpuJobOrchestrator>()
        .AddActivity<PlanNight>()
        .AddActivity<LookAtListing>()
        .AddActivity<GateListing>()
        .AddActivity<PrepareLabelJob>()
        .AddActivity<GateByLabels>()
        .AddActivity<AssembleDataset>()
        .AddActivity<PrepareTrainJob>()
        .AddActivity<PublishLora>()
        .AddActivity<PlanComparisons>()
        .AddActivity<PrepareRenderJobs>()
        .AddActivity<SubmitGpuJob>()
        .AddActivity<ReadJobResult>()
        .AddActivity<PublishNight>()
        .AddActivity<WriteNightReport>()
        .AddActivity<NotifyNight>();
}
