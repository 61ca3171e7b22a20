namespace LoraFunctions.Diffusion.Lora;

/// <summary>What became of one module.</summary>
/// <param name="FrobeniusKept">Frobenius norm of the new update as a share of the old one's; 1 for an update of nothing but zeros.</param>
/// <param name="SumKept">Sum of the kept singular values as a share of all.</param>
public sealed record LoraResizedModule(LoraLayerName Layer, long OldRank, long Rank, double Alpha, double FrobeniusKept, double SumKept);
