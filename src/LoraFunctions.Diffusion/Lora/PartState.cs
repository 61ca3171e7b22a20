using static TorchSharp.torch;

namespace LoraFunctions.Diffusion.Lora;

/// <summary>What all adapters of one network (UNet or text encoder) look at when a batch passes.</summary>
internal sealed class PartState(IReadOnlyList<double> strengths)
{
    /// <summary>By adapter.</summary>
    public IReadOnlyList<double> Strengths { get; } = strengths;

    /// <summary>Null: every row carries every adapter.</summary>
    public LoraRows? Rows { get; set; }

    /// <summary>
    /// Where each adapter counts, [1, 1, H/8, W/8] by adapter; null: everywhere. Only layers over pixels heed it: those over a prompt's tokens
    /// have no place in the picture.
    /// </summary>
    public IReadOnlyList<Tensor>? Masks { get; set; }

    /// <summary>Training only: (adapter, layer) to the maker of the mask between down and up; null, or a null maker, drops nothing.</summary>
    public Func<int, LoraLayerName, Func<long[], Tensor>?>? DropoutMask { get; set; }
}
