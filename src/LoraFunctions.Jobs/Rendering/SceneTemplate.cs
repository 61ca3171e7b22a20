namespace LoraFunctions.Jobs.Rendering;

/// <summary>How a comparison picture is asked for.</summary>
/// <param name="Prompt">With <c>{left}</c>, <c>{right}</c>, <c>{left_lora}</c>, <c>{right_lora}</c> and <c>{scene}</c>.</param>
/// <param name="ScenePrompt">The words that stand for the scene.</param>
/// <param name="LoraStrength">0.6 to 0.9; stands for <c>{strength}</c> in the prompt. 1.0 and more distorts.</param>
/// <param name="Width">Pixels, a multiple of 8.</param>
/// <param name="Height">Pixels, a multiple of 8.</param>
/// <param name="GuidanceScale">Classifier-free guidance; 7.5 is Stable Diffusion's own.</param>
/// <param name="Sampler">As the sampler is called in WebUI, e.g. <c>Euler</c>.</param>
public sealed record SceneTemplate(
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
