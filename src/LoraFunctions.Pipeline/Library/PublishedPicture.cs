namespace LoraFunctions.Pipeline.Library;

/// <summary>One picture of the asset library.</summary>
/// <param name="File">Name below <c>asset-library/{date}/</c>.</param>
/// <param name="Prompt">The template; the picture itself carries the prompt as it was rendered.</param>
/// <param name="JobId">The render job.</param>
public sealed record PublishedPicture(
    string File,
    string Sha256,
    PublishedSide Left,
    PublishedSide Right,
    string Scene,
    long Seed,
    int Width,
    int Height,
    string Template,
    string Prompt,
    string NegativePrompt,
    string BaseModel,
    string BaseModelDigest,
    string JobId);
