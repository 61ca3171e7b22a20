namespace LoraFunctions.Pipeline.Contracts;

/// <summary>How comparison pictures are asked for; an entry of <c>config/comparisons.yaml</c>.</summary>
/// <param name="Prompt">With <c>{left}</c>, <c>{right}</c>, <c>{left_lora}</c>, <c>{right_lora}</c> (file names without extension),
/// <c>{strength}</c> and <c>{scene}</c>.</param>
/// <param name="ScenePrompt">The words that stand for the scene.</param>
/// <param name="LoraStrength">0.6 to 0.9; 1.0 and more distorts.</param>
/// <param name="GuidanceScale">Classifier-free guidance; 7.5 is Stable Diffusion's own.</param>
public sealed record ComparisonTemplate(
    string Name,
    string Prompt,
    string NegativePrompt,
    string ScenePrompt,
    double LoraStrength,
    int Width,
    int Height,
    int Steps,
    double GuidanceScale,
    string Sampler);
