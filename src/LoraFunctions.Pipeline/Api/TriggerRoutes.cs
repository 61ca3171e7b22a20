namespace LoraFunctions.Pipeline.Api;

/// <summary>
/// Routes of the HTTP triggers, below <see cref="LoraApi.Prefix"/>: one for each subject, so that each has a key of its own and marketing's opens
/// the library alone. What lies below is <see cref="LoraApi"/>'s to tell apart.
/// </summary>
public static class TriggerRoutes
{
    public const string Trainings = "trainings/{*rest}";

    public const string Comparisons = "comparisons/{*rest}";

    public const string Nights = "nights/{*rest}";

    public const string Library = "library/{*rest}";

    public const string Uploads = "uploads/{*rest}";

    public const string Health = "health";

    public const string OpenApi = "openapi.json";
}
