namespace LoraFunctions.Cli.Models;

/// <summary>One file of a model list.</summary>
/// <param name="Path">Where it goes below the output folder, with '/' between folders.</param>
/// <param name="Sha256">Lower-case hex; what does not match is thrown away.</param>
internal sealed record ModelDownload(string Path, Uri Url, string Sha256);
