namespace LoraFunctions.Diffusion.Lora;

/// <summary>What was written.</summary>
/// <param name="Path">The single file or the folder.</param>
/// <param name="MergedLayers">Layers whose weights have changed.</param>
/// <param name="LeftOut">Averaged copies (EMA) and second sets of weights in the base that would have stayed unmerged, and so are not in the result.</param>
public sealed record CheckpointMergeResult(string Path, int MergedLayers, IReadOnlyList<string> LeftOut);
