namespace LoraFunctions.Jobs.Rendering;

/// <summary>One marked picture's file with its metadata.</summary>
/// <param name="Sha256">Of the file, lower-case hex.</param>
/// <param name="Prompt">As it was rendered, with everything filled in.</param>
public sealed record RenderedPicture(string Path, long Seed, int Width, int Height, string Sha256, string Prompt, string NegativePrompt)
{
    /// <summary>What it was chosen from; null where nothing was judged.</summary>
    public JudgedPicture? Judged { get; init; }
}
