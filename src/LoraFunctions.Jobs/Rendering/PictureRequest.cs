using LoraFunctions.Diffusion.Generation;

namespace LoraFunctions.Jobs.Rendering;

/// <summary>Render one picture from a prompt as it stands.</summary>
public sealed record PictureRequest
{
    /// <summary>A single file or a diffusers folder.</summary>
    public required string BaseModel { get; init; }

    /// <summary>Prompt, size, steps, sampler, seed; the prompt names LoRAs by <c>&lt;lora:name:strength&gt;</c>.</summary>
    public required TextToImageRequest Picture { get; init; }

    /// <summary>LoRA files by the names the prompt gives them.</summary>
    public IReadOnlyList<NamedLora> Loras { get; init; } = [];

    /// <summary>Where LoRAs are found that prompts name beside them; null: nowhere.</summary>
    public string? LoraFolder { get; init; }

    /// <summary>PNG, JPEG or WebP by its ending; its folder is made when missing.</summary>
    public required string OutputPath { get; init; }
}
