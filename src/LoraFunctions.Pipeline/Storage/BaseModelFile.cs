namespace LoraFunctions.Pipeline.Storage;

/// <summary>A file of a base model.</summary>
/// <param name="Name">Below <c>base-models/{name}/</c>, with '/' between folders.</param>
public sealed record BaseModelFile(string Name, string Sha256);
