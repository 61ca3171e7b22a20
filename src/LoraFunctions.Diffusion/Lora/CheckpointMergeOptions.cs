using static TorchSharp.torch;

namespace LoraFunctions.Diffusion.Lora;

/// <summary>How a merged checkpoint is written.</summary>
public sealed record CheckpointMergeOptions
{
    /// <summary>Float16, BFloat16 or Float32 for every floating-point tensor; null: each as it is in the base.</summary>
    public ScalarType? Precision { get; init; }

    /// <summary>What the metadata calls the LoRAs, in their order; null: by the names they were trained under.</summary>
    public IReadOnlyList<string>? Names { get; init; }
}
