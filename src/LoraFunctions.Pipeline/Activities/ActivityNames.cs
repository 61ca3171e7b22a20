namespace LoraFunctions.Pipeline.Activities;

/// <summary>Names of the activities, as histories and function names carry them: never renamed.</summary>
public static class ActivityNames
{
    public const string PlanNight = nameof(PlanNight);

    public const string GateListing = nameof(GateListing);

    public const string PrepareLabelJob = nameof(PrepareLabelJob);

    public const string AssembleDataset = nameof(AssembleDataset);

    public const string PrepareTrainJob = nameof(PrepareTrainJob);

    public const string PublishLora = nameof(PublishLora);

    public const string PlanComparisons = nameof(PlanComparisons);

    public const string SubmitGpuJob = nameof(SubmitGpuJob);

    public const string ReadJobResult = nameof(ReadJobResult);

    public const string PublishNight = nameof(PublishNight);

    public const string WriteNightReport = nameof(WriteNightReport);
}
