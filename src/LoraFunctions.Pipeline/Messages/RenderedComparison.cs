namespace LoraFunctions.Pipeline.Messages;

/// <summary>A comparison whose pictures are ready to be published.</summary>
public sealed record RenderedComparison(string Left, string Right, string Scene, string JobId);
