namespace LoraFunctions.Diffusion.Lora;

/// <summary>Which network of Stable Diffusion a low-rank module belongs to.</summary>
public enum LoraPart
{
    Unet,
    TextEncoder,
}
