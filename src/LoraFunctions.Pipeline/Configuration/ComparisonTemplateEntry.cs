namespace LoraFunctions.Pipeline.Configuration;

/// <summary>A template of <c>comparisons.yaml</c>, before a scene is put into it.</summary>
internal sealed record ComparisonTemplateEntry(
    string Name,
    string Prompt,
    string NegativePrompt,
    double LoraStrength,
    int Width,
    int Height,
    int Steps,
    double GuidanceScale,
    string Sampler);
