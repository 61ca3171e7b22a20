using static TorchSharp.torch;

namespace LoraFunctions.Diffusion.Lora;

/// <summary>How a LoRA is written.</summary>
public sealed record LoraSaveOptions
{
    public const ScalarType DefaultPrecision = ScalarType.Float16;

    public LoraFormat Format { get; init; } = LoraFormat.Kohya;

    /// <summary>Float16 (default), BFloat16 or Float32.</summary>
    public ScalarType Precision { get; init; } = DefaultPrecision;

    /// <summary>Written into the file's header; null keeps the weights' own. Hashes are added by the writer.</summary>
    public IReadOnlyDictionary<string, string>? Metadata { get; init; }
}
