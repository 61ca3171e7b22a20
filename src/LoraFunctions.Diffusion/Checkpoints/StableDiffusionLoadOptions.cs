using LoraFunctions.Diffusion.Models;
using TorchSharp;
using static TorchSharp.torch;

namespace LoraFunctions.Diffusion.Checkpoints;

/// <summary>How a checkpoint is loaded, and what its file may not say.</summary>
public sealed record StableDiffusionLoadOptions
{
    /// <summary>Where the networks compute.</summary>
    public Device Device { get; init; } = CPU;

    /// <summary>
    /// Precision of UNet and text encoder on a GPU (the VAE is fp32 always: in half precision it overflows to black pictures). Null:
    /// bfloat16 on a GPU. On the CPU everything is fp32, whatever the file holds: half-precision arithmetic is hundreds of times slower
    /// there.
    /// </summary>
    public ScalarType? Precision { get; init; }

    /// <summary>
    /// Folder with vocab.json and merges.txt. Null: the model folder's <c>tokenizer</c>; for a single file, <c>tokenizer</c> beside it or
    /// the file's own folder.
    /// </summary>
    public string? TokenizerFolder { get; init; }

    /// <summary>False: a model without a vocabulary loads, and only its <see cref="StableDiffusionModel.Tokenizer"/> fails.</summary>
    public bool RequireTokenizer { get; init; } = true;

    /// <summary>Null: what scheduler_config.json says; without one, epsilon.</summary>
    public PredictionType? Prediction { get; init; }

    /// <summary>
    /// Attention heads of the UNet; a single file does not say. Null: 8, as in every Stable Diffusion 1. Not for folders, whose config.json
    /// says.
    /// </summary>
    public long? UnetHeads { get; init; }

    /// <summary>
    /// Attention heads of the text encoder; a single file does not say. Null: 64 channels each, as in every CLIP. Not for folders.
    /// </summary>
    public long? TextEncoderHeads { get; init; }

    /// <summary>True: tensors no network asks for are passed over instead of being an error.</summary>
    public bool IgnoreLeftOver { get; init; }

    internal ScalarType ComputeType => Device.type == DeviceType.CPU ? ScalarType.Float32 : Precision ?? ScalarType.BFloat16;
}
