using LoraFunctions.Pipeline.Activities;
using LoraFunctions.Pipeline.Messages;

namespace LoraFunctions.Pipeline.Workflows;

/// <summary>One car model: takes tonight's listings into its data set and trains it when it is due.</summary>
public sealed class CarModelWorkflow : IWorkflow<CarModelInput, CarModelOutcome>
{
    public async Task<CarModelOutcome> RunAsync(IWorkflowContext context, CarModelInput input)
    {
        AssembledDataset dataset;
        try
        {
            dataset = await context.CallActivityAsync<AssembledDataset>(
                ActivityNames.AssembleDataset,
                new AssembleDatasetInput(input.ModelKey, input.Listings));
        }
        catch (ActivityFailedException e)
        {
            return new CarModelOutcome(input.ModelKey, input.ModelKey, CarModelStatus.Failed, 0, null, null, $"data set: {e.Reason}");
        }

        var outcome = await TrainingSteps.RunAsync(
            context,
            new PrepareTrainJobInput(input.ModelKey, input.Date, IdempotencyKey: ""),
            input.DeadlineUtc);
        return outcome with { LeftOut = dataset.LeftOut };
    }
}
