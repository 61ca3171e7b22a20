using LoraFunctions.Diffusion.Prompts;
using LoraFunctions.Diffusion.Sampling;

namespace LoraFunctions.Diffusion.Generation;

/// <summary>A finished picture.</summary>
/// <param name="Rgb">Row by row, three bytes a pixel.</param>
/// <param name="Request">As it was used; a batch's pictures have their own seeds here.</param>
/// <param name="Sampler">The sampler the request's name stands for.</param>
/// <param name="Loras">Those applied, as the prompt named them.</param>
public sealed record GeneratedPicture(
    int Width,
    int Height,
    byte[] Rgb,
    TextToImageRequest Request,
    Sampler Sampler,
    IReadOnlyList<LoraTag> Loras);
