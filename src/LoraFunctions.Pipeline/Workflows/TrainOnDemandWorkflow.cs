using LoraFunctions.Pipeline.Messages;

namespace LoraFunctions.Pipeline.Workflows;

/// <summary>A person asks for one car model to be trained on the data set there is.</summary>
public sealed class TrainOnDemandWorkflow : IWorkflow<TrainOnDemandInput, CarModelOutcome>
{
    public Task<CarModelOutcome> RunAsync(IWorkflowContext context, TrainOnDemandInput input) =>
        TrainingSteps.RunAsync(
            context,
            new PrepareTrainJobInput(input.ModelKey, Night: null, input.IdempotencyKey),
            deadlineUtc: null);
}
