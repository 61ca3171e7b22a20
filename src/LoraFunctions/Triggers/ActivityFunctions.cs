using LoraFunctions.Pipeline.Activities;
using LoraFunctions.Pipeline.Messages;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Extensions.DependencyInjection;

namespace LoraFunctions.Triggers;

/// <summary>The pipeline's activities; each is found by what goes in and comes out.</summary>
public sealed class ActivityFunctions(IServiceProvider services)
{
    [Function(ActivityNames.PlanNight)]
    public Task<NightPlan> PlanNight([ActivityTrigger] PlanNightInput input, CancellationToken cancellationToken) =>
        RunAsync<PlanNightInput, NightPlan>(input, cancellationToken);

    [Function(ActivityNames.GateListing)]
    public Task<GatedListing> GateListing([ActivityTrigger] GateListingInput input, CancellationToken cancellationToken) =>
        RunAsync<GateListingInput, GatedListing>(input, cancellationToken);

    [Function(ActivityNames.PrepareLabelJob)]
    public Task<PreparedJob> PrepareLabelJob([ActivityTrigger] PrepareLabelJobInput input, CancellationToken cancellationToken) =>
        RunAsync<PrepareLabelJobInput, PreparedJob>(input, cancellationToken);

    [Function(ActivityNames.AssembleDataset)]
    public Task<AssembledDataset> AssembleDataset([ActivityTrigger] AssembleDatasetInput input, CancellationToken cancellationToken) =>
        RunAsync<AssembleDatasetInput, AssembledDataset>(input, cancellationToken);

    [Function(ActivityNames.PrepareTrainJob)]
    public Task<TrainingDecision> PrepareTrainJob([ActivityTrigger] PrepareTrainJobInput input, CancellationToken cancellationToken) =>
        RunAsync<PrepareTrainJobInput, TrainingDecision>(input, cancellationToken);

    [Function(ActivityNames.PublishLora)]
    public Task<BlobRef> PublishLora([ActivityTrigger] PublishLoraInput input, CancellationToken cancellationToken) =>
        RunAsync<PublishLoraInput, BlobRef>(input, cancellationToken);

    [Function(ActivityNames.PlanComparisons)]
    public Task<ComparisonPlan> PlanComparisons([ActivityTrigger] PlanComparisonsInput input, CancellationToken cancellationToken) =>
        RunAsync<PlanComparisonsInput, ComparisonPlan>(input, cancellationToken);

    [Function(ActivityNames.SubmitGpuJob)]
    public Task<JobObservation> SubmitGpuJob([ActivityTrigger] SubmitGpuJobInput input, CancellationToken cancellationToken) =>
        RunAsync<SubmitGpuJobInput, JobObservation>(input, cancellationToken);

    [Function(ActivityNames.ReadJobResult)]
    public Task<JobObservation> ReadJobResult([ActivityTrigger] ReadJobResultInput input, CancellationToken cancellationToken) =>
        RunAsync<ReadJobResultInput, JobObservation>(input, cancellationToken);

    [Function(ActivityNames.PublishNight)]
    public Task<PublishedNight> PublishNight([ActivityTrigger] PublishNightInput input, CancellationToken cancellationToken) =>
        RunAsync<PublishNightInput, PublishedNight>(input, cancellationToken);

    [Function(ActivityNames.WriteNightReport)]
    public Task<BlobRef> WriteNightReport([ActivityTrigger] NightReport input, CancellationToken cancellationToken) =>
        RunAsync<NightReport, BlobRef>(input, cancellationToken);

    private Task<TOutput> RunAsync<TInput, TOutput>(TInput input, CancellationToken cancellationToken) =>
        services.GetRequiredService<IActivity<TInput, TOutput>>().RunAsync(input, cancellationToken);
}
