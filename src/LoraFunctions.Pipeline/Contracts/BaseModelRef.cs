namespace LoraFunctions.Pipeline.Contracts;

/// <summary>A model in <see cref="Storage.ContainerNames.BaseModels"/>: a single file or a folder in diffusers (or, for CLIP, HF) layout.</summary>
/// <param name="Name">Folder in the container, e.g. <c>sd15</c>.</param>
/// <param name="Digest">SHA-256 over the sorted list of file names and their digests.</param>
/// <param name="Files">Every file, with its name below <c>{Name}/</c>.</param>
public sealed record BaseModelRef(string Name, string Digest, IReadOnlyList<BlobRef> Files);
