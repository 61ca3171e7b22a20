namespace LoraFunctions.Pipeline.Library;

/// <summary>One picture of the asset library.</summary>
/// <param name="File">Name below <c>asset-library/{date}/</c>.</param>
/// <param name="Prompt">As it was rendered; the picture carries the same.</param>
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
