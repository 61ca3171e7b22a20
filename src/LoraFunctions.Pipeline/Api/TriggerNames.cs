namespace LoraFunctions.Pipeline.Api;

/// <summary>Names of the functions that answer the world; a host's logs and keys carry them.</summary>
public static class TriggerNames
{
    public const string StartNight = nameof(StartNight);

    public const string GetNight = nameof(GetNight);

    public const string StartTraining = nameof(StartTraining);

    public const string GetTraining = nameof(GetTraining);

    public const string RaiseJobEvent = nameof(RaiseJobEvent);

    public const string PurgeHistory = nameof(PurgeHistory);
}
