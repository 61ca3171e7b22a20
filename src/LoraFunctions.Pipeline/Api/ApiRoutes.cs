namespace LoraFunctions.Pipeline.Api;

/// <summary>Routes of the HTTP interface, below the host's prefix (<c>/api</c>).</summary>
public static class ApiRoutes
{
    /// <summary>POST a <see cref="StartTrainingRequest"/>.</summary>
    public const string Trainings = "trainings";

    /// <summary>GET.</summary>
    public const string Training = "trainings/{id}";

    /// <summary>GET; the date is <c>yyyy-MM-dd</c>.</summary>
    public const string Night = "nights/{date}";
}
