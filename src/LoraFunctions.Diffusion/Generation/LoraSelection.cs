using LoraFunctions.Diffusion.Lora;

namespace LoraFunctions.Diffusion.Generation;

/// <summary>A LoRA that prompts can name. It is applied where the prompt holds <c>&lt;lora:name:strength&gt;</c>, and only there.</summary>
/// <param name="Name">Usually the file's name without its extension; case matters.</param>
public sealed record LoraSelection(string Name, LoraWeights Weights);
