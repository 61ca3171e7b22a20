namespace LoraFunctions.Worker.Handlers;

/// <summary>What a job left in a folder.</summary>
/// <param name="Files">Names in <paramref name="Folder"/> that count as artefacts.</param>
/// <param name="Metrics">Numbers worth a line in the report.</param>
internal sealed record JobOutput(string Folder, IReadOnlyList<string> Files, IReadOnlyDictionary<string, double> Metrics);
