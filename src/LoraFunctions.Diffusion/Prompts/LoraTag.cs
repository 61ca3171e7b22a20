namespace LoraFunctions.Diffusion.Prompts;

/// <summary><c>&lt;lora:name:te:unet&gt;</c> in a prompt: which LoRA, and how strongly on either network.</summary>
public sealed record LoraTag(string Name, double TextEncoderStrength, double UnetStrength);
