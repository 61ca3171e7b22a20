namespace LoraFunctions.Jobs.Rendering;

/// <summary>What rendering wrote, in the order of the seeds.</summary>
public sealed record RenderingResult(IReadOnlyList<RenderedPicture> Pictures);
