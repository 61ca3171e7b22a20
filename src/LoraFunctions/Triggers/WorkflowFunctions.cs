using LoraFunctions.Durable;
using LoraFunctions.Pipeline.Messages;
using LoraFunctions.Pipeline.Workflows;
using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask;

namespace LoraFunctions.Triggers;

/// <summary>The pipeline's workflows as orchestrators.</summary>
public static class WorkflowFunctions
{
    [Function(WorkflowNames.Nightly)]
    public static Task<NightOutcome> Nightly([OrchestrationTrigger] TaskOrchestrationContext context, NightlyInput input) =>
        new NightlyWorkflow().RunAsync(new DurableWorkflowContext(context), input);

    [Function(WorkflowNames.Listing)]
    public static Task<ListingOutcome> Listing([OrchestrationTrigger] TaskOrchestrationContext context, ListingInput input) =>
        new ListingWorkflow().RunAsync(new DurableWorkflowContext(context), input);

    [Function(WorkflowNames.CarModel)]
    public static Task<CarModelOutcome> CarModel([OrchestrationTrigger] TaskOrchestrationContext context, CarModelInput input) =>
        new CarModelWorkflow().RunAsync(new DurableWorkflowContext(context), input);

    [Function(WorkflowNames.Comparison)]
    public static Task<ComparisonOutcome> Comparison([OrchestrationTrigger] TaskOrchestrationContext context, ComparisonInput input) =>
        new ComparisonWorkflow().RunAsync(new DurableWorkflowContext(context), input);

    [Function(WorkflowNames.TrainOnDemand)]
    public static Task<CarModelOutcome> TrainOnDemand([OrchestrationTrigger] TaskOrchestrationContext context, TrainOnDemandInput input) =>
        new TrainOnDemandWorkflow().RunAsync(new DurableWorkflowContext(context), input);

    [Function(WorkflowNames.GpuJob)]
    public static Task<JobOutcome> GpuJob([OrchestrationTrigger] TaskOrchestrationContext context, GpuJobInput input) =>
        new GpuJobWorkflow().RunAsync(new DurableWorkflowContext(context), input);
}
