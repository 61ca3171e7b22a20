namespace LoraFunctions.Contracts;

/// <summary>Names one version of one blob. Orchestrators pass these instead of content, so that histories stay small.</summary>
/// <param name="Container">One of <see cref="ContainerNames"/>.</param>
/// <param name="Name">Name inside the container, with '/' between folders.</param>
/// <param name="ETag">The service's version mark at the time of the reference; empty in what is stored, where equal inputs give equal bytes.</param>
/// <param name="Sha256">Lower-case hex of the content; what reads the blob checks it.</param>
public sealed record BlobRef(string Container, string Name, string ETag, string Sha256);

/// <summary>A blob, and what its file is to be called where it is worked on.</summary>
public sealed record NamedBlob(string File, BlobRef Blob);

/// <summary>A model in <see cref="ContainerNames.BaseModels"/>: a single file or a folder in diffusers (or, for CLIP, HF) layout.</summary>
/// <param name="Name">Folder in the container, e.g. <c>sd15</c>.</param>
/// <param name="Digest">SHA-256 over the sorted list of file names and their digests.</param>
/// <param name="Files">Every file, with its name below <c>{Name}/</c>.</param>
public sealed record BaseModelRef(string Name, string Digest, IReadOnlyList<BlobRef> Files);
