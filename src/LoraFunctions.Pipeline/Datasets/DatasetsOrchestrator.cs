using LoraFunctions.Pipeline.Night;
using LoraFunctions.Pipeline.Orchestration;
using LoraFunctions.Pipeline.Training;
using Microsoft.DurableTask;

namespace LoraFunctions.Pipeline.Datasets;

/// <summary>Input of <see cref="DatasetsOrchestrator"/>.</summary>
/// <param name="Date">Of the night.</param>
/// <param name="AtOnce">How many of them are in work at once.</param>
/// <param name="Retrain">A car model that is trained anew because a person asked; null: none.</param>
public sealed record DatasetsInput(string Date, IReadOnlyList<AssembleDatasetInput> Models, int AtOnce, string? Retrain = null, string RetrainKey = "")
{
    public TrainingInput TrainingOf(string modelKey) => new(modelKey, Date, modelKey == Retrain ? RetrainKey : "");
}

/// <summary>A car model before its training.</summary>
/// <param name="Prepared">Null when it could not even be looked at whether it is due.</param>
/// <param name="Failure">Why not.</param>
/// <param name="LeftOut">Listings whose labels cannot be used, with the reason.</param>
public sealed record ModelTonight(string ModelKey, PreparedTraining? Prepared, string? Failure, IReadOnlyList<ReportedProblem> LeftOut)
{
    /// <summary>How it ended where it is not trained.</summary>
    public CarModelOutcome NotTrained() => Prepared?.NotTrained() ?? CarModelOutcome.Failed(ModelKey, Failure!);
}

/// <summary>Some of the night's car models: takes tonight's listings into the data set of each and decides whether it is trained.</summary>
public sealed class DatasetsOrchestrator : TaskOrchestrator<DatasetsInput, ModelTonight[]>
{
    public override Task<ModelTonight[]> RunAsync(TaskOrchestrationContext context, DatasetsInput input) =>
        Turns.RunEachAsync(input.Models, input.AtOnce, model => RunAsync(context, input, model));

    private static async Task<ModelTonight> RunAsync(TaskOrchestrationContext context, DatasetsInput input, AssembleDatasetInput model)
    {
        IReadOnlyList<ReportedProblem> leftOut = [];
        try
        {
            if (model.Listings.Count > 0 || model.Left.Count > 0)
            {
                leftOut = (await context.CallActivityAsync<AssembledDataset>(nameof(AssembleDataset), model, Retries.OfActivities)).LeftOut;
            }

            var prepared = await context.CallActivityAsync<PreparedTraining>(nameof(PrepareTrainJob), input.TrainingOf(model.ModelKey), Retries.OfActivities);
            return new ModelTonight(model.ModelKey, prepared, null, leftOut);
        }
        catch (TaskFailedException e)
        {
            return new ModelTonight(model.ModelKey, null, e.Reason(), leftOut);
        }
    }
}
