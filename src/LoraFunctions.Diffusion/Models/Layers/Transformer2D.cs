using TorchSharp.Modules;
using static TorchSharp.torch;

namespace LoraFunctions.Diffusion.Models.Layers;

/// <summary>Transformer blocks over the pixels of an image between two 1x1 convolutions, added to the input.</summary>
internal sealed class Transformer2D : nn.Module<Tensor, Tensor, Tensor>
{
    private const double NormEpsilon = 1e-6;

    private readonly GroupNormLayer norm;
    private readonly ConvLayer proj_in;
    private readonly ModuleList<TransformerBlock> transformer_blocks;
    private readonly ConvLayer proj_out;

    public Transformer2D(ParameterScope parameters, long channels, long contextWidth, long heads, int depth, long groups)
        : base(nameof(Transformer2D))
    {
        norm = new GroupNormLayer(parameters["norm"], groups, channels, NormEpsilon);
        proj_in = new ConvLayer(parameters["proj_in"], channels, channels, kernel: 1);
        transformer_blocks = new ModuleList<TransformerBlock>([.. Enumerable.Range(0, depth)
            .Select(i => new TransformerBlock(parameters["transformer_blocks"][i], channels, contextWidth, heads))]);
        proj_out = new ConvLayer(parameters["proj_out"], channels, channels, kernel: 1);
        RegisterComponents();
    }

    /// <summary>[B, C, H, W] and [B, S, contextWidth] to [B, C, H, W].</summary>
    public override Tensor forward(Tensor image, Tensor context)
    {
        using var scope = NewDisposeScope();
        var tokens = Activations.Tokens(proj_in.forward(norm.forward(image)));
        foreach (var block in transformer_blocks)
        {
            tokens = block.forward(tokens, context);
        }

        var hidden = proj_out.forward(Activations.Image(tokens, image.shape[2], image.shape[3]));
        return hidden.PlusInPlace(image).MoveToOuterDisposeScope();
    }
}
