namespace LoraFunctions.Diffusion.Lora;

/// <summary>Kinds of UNet layers a LoRA is made for.</summary>
[Flags]
public enum LoraTargets
{
    None = 0,

    /// <summary><c>to_q, to_k, to_v, to_out.0</c> of self- and cross-attention: 128 layers of SD 1.5.</summary>
    Attention = 1,

    /// <summary><c>ff.net.0.proj, ff.net.2</c>: 32 layers.</summary>
    FeedForward = 2,

    /// <summary><c>proj_in, proj_out</c> of the transformers: 32 layers.</summary>
    Projections = 4,

    /// <summary>LoCon: ResNet blocks with their time projection, down- and upsamplers: 86 layers.</summary>
    Convolutions = 8,

    /// <summary>What kohya's trainer adapts: 192 layers.</summary>
    Kohya = Attention | FeedForward | Projections,
}
