namespace LoraFunctions.Diffusion.Lora;

/// <summary>How a LoRA file names its tensors.</summary>
public enum LoraFormat
{
    /// <summary><c>lora_unet_..._to_q.lora_down.weight</c> with alpha: what WebUI, ComfyUI and most tools read.</summary>
    Kohya,

    /// <summary>
    /// <c>unet....to_q.lora.down.weight</c>; no alpha: the scale is folded into up, and every module has its network's highest rank.
    /// </summary>
    Diffusers,

    /// <summary><c>unet....to_q.lora_A.weight</c>; the rest as in <see cref="Diffusers"/>.</summary>
    Peft,
}
