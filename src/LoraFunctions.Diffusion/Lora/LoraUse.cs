namespace LoraFunctions.Diffusion.Lora;

/// <summary>A LoRA and how strongly it is applied; 1 is as trained, 0 leaves that network alone.</summary>
public sealed record LoraUse(LoraWeights Weights, double UnetStrength = 1.0, double TextEncoderStrength = 1.0);
