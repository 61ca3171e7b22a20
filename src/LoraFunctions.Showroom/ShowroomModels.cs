namespace LoraFunctions.Showroom;

/// <summary>The models that come with the program; each has its card beside it.</summary>
public static class ShowroomModels
{
    /// <summary>Draws cars at 192x144: a diffusers folder of 24 MB.</summary>
    public static string BaseModel { get; } = At("base");

    /// <summary>Labels drawn cars: CLIP in HF layout, 1 MB.</summary>
    public static string Clip { get; } = At("clip");

    private static string At(string name) => Path.Combine(AppContext.BaseDirectory, "showroom", name);
}
