namespace LoraFunctions.Pipeline.Contracts;

/// <summary>Names one version of one blob. Workflows pass these instead of content, so that histories stay small.</summary>
/// <param name="Container">One of <see cref="Storage.ContainerNames"/>.</param>
/// <param name="Name">Name inside the container, with '/' between folders.</param>
/// <param name="ETag">The service's version mark at the time of the reference; empty in what is stored, where equal inputs give equal bytes.</param>
/// <param name="Sha256">Lower-case hex of the content; what reads the blob checks it.</param>
public sealed record BlobRef(string Container, string Name, string ETag, string Sha256);
