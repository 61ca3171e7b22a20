namespace LoraFunctions.Showroom;

/// <summary>The models that come with the program; each has its card beside it.</summary>
public static class ShowroomModels
{
    /// <summary>Draws cars at 192x144: a diffusers folder of 24 MB.</summary>
    public static string BaseModel { get; } = Path.Combine(AppContext.BaseDirectory, "showroom", "base");
}
