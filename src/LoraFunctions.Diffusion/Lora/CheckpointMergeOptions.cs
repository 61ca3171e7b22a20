using LoraFunctions.Diffusion.Checkpoints;
using static TorchSharp.torch;

namespace LoraFunctions.Diffusion.Lora;

/// <summary>How a merged checkpoint is written.</summary>
public sealed record CheckpointMergeOptions
{
    /// <summary>Float16, BFloat16 or Float32 for every floating-point tensor; null: each as it is in the base.</summary>
    public ScalarType? Precision { get; init; }

    /// <summary>What the metadata calls the LoRAs, in their order; null: by the names they were trained under.</summary>
    public IReadOnlyList<string>? Names { get; init; }

    /// <summary>How the base is opened; what a single file does not say.</summary>
    public StableDiffusionLoadOptions Load { get; init; } = new() { RequireTokenizer = false };
}
