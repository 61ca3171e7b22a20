namespace LoraFunctions.Pipeline.Workflows;

/// <summary>Names of the workflows, as histories and function names carry them: never renamed.</summary>
public static class WorkflowNames
{
    public const string Nightly = nameof(Nightly);

    public const string Listing = nameof(Listing);

    public const string CarModel = nameof(CarModel);

    public const string Comparison = nameof(Comparison);

    public const string TrainOnDemand = nameof(TrainOnDemand);

    public const string GpuJob = nameof(GpuJob);
}
