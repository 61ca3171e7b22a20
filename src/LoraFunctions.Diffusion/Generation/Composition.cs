namespace LoraFunctions.Diffusion.Generation;

/// <summary>How several subjects, each with LoRAs of its own, get into one picture without bleeding into each other.</summary>
public enum CompositionMethod
{
    /// <summary>
    /// Each region is computed on its own crop with its own LoRAs; crops overlap and are joined by ramps (MultiDiffusion, Bar-Tal et al. 2023).
    /// The scene's prompt, without a LoRA, is computed over the whole picture and holds the seam together.
    /// </summary>
    Halves,

    /// <summary>Every prompt is computed over the whole picture, each with its own LoRAs, and counts where its mask says (Latent Couple).</summary>
    Masks,

    /// <summary>
    /// The request's prompt alone, with all LoRAs on all pixels: they bleed; the measure that the others are held against. Of the regions' prompts
    /// only the LoRAs count, as in <see cref="DeltaMask"/>.
    /// </summary>
    Merge,

    /// <summary>One pass with all LoRAs, each weighed by its region's mask inside the layers. Cheap, for drafts: attention still mixes.</summary>
    DeltaMask,

    /// <summary>
    /// One pass with all LoRAs, in which every cell attends to its own region's prompt (attention couple). It separates words, not LoRAs.
    /// </summary>
    Attention,

    /// <summary>Each region alone first; the results side by side are noised again and finished as <see cref="Halves"/>.</summary>
    SoloFirst,
}

/// <summary>Where the regions lie, in their order.</summary>
public enum CompositionLayout
{
    /// <summary>From left to right.</summary>
    SideBySide,

    /// <summary>From top to bottom, for portrait and square pictures.</summary>
    Stacked,
}

/// <summary>
/// Subjects by region. The request's own prompt is the scene's, which names no LoRA (except in <see cref="CompositionMethod.Merge"/>).
/// </summary>
/// <param name="Prompts">One for each region, in WebUI's grammar with their own <c>&lt;lora:name:strength&gt;</c> tags.</param>
public sealed record Composition(IReadOnlyList<string> Prompts)
{
    public const int MaximumRegions = 4;

    /// <summary>Of a region, along the layout's side; fewer are no picture.</summary>
    public const int LeastCells = 4;

    public CompositionMethod Method { get; init; } = CompositionMethod.Halves;

    public CompositionLayout Layout { get; init; } = CompositionLayout.SideBySide;

    /// <summary>
    /// The only region to paint anew, the rest of <see cref="TextToImageRequest.StartFrom"/> stays; null paints all. Without a picture to start from
    /// the same request's is made first, and its region anew with the next seed.
    /// </summary>
    public int? Repair { get; init; }

    public SceneShares Scene { get; init; } = new();
}

/// <summary>How much the scene's prompt counts, each 0 to 1; the rest is the regions'.</summary>
/// <param name="Lead">Everywhere, in the first <paramref name="LeadSteps"/> (a share of the steps): the layout.</param>
/// <param name="Seam">Where regions meet, afterwards: one background.</param>
/// <param name="Last">Where regions meet, in the last fifth of the steps: one light.</param>
public sealed record SceneShares(double Lead = 0, double LeadSteps = 0.3, double Seam = 0.25, double Last = 0.5);
