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

/// <summary>Self-attention, attention to the prompt, feed-forward; each normalised before and added after.</summary>
internal sealed class TransformerBlock : nn.Module<Tensor, Tensor, Tensor>
{
    private const double NormEpsilon = 1e-5;

    private readonly LayerNormLayer norm1;
    private readonly AttentionLayer attn1;
    private readonly LayerNormLayer norm2;
    private readonly AttentionLayer attn2;
    private readonly LayerNormLayer norm3;
    private readonly FeedForward ff;

    public TransformerBlock(ParameterScope parameters, long width, long contextWidth, long heads)
        : base(nameof(TransformerBlock))
    {
        norm1 = new LayerNormLayer(parameters["norm1"], width, NormEpsilon);
        attn1 = new AttentionLayer(parameters["attn1"], width, width, heads);
        norm2 = new LayerNormLayer(parameters["norm2"], width, NormEpsilon);
        attn2 = new AttentionLayer(parameters["attn2"], width, contextWidth, heads);
        norm3 = new LayerNormLayer(parameters["norm3"], width, NormEpsilon);
        ff = new FeedForward(parameters["ff"], width);
        RegisterComponents();
    }

    /// <inheritdoc cref="AttentionLayer.Parts"/>
    public ContextParts? ContextParts
    {
        set => attn2.Parts = value;
    }

    /// <summary>[B, T, width] and [B, S, contextWidth] to [B, T, width].</summary>
    public override Tensor forward(Tensor tokens, Tensor context)
    {
        // Sums are written into the newer term: the older one is what the norm's backward pass reads.
        using var scope = NewDisposeScope();
        var normed = norm1.forward(tokens);
        var hidden = attn1.forward(normed, normed).PlusInPlace(tokens);
        hidden = attn2.forward(norm2.forward(hidden), context).PlusInPlace(hidden);
        return ff.forward(norm3.forward(hidden)).PlusInPlace(hidden).MoveToOuterDisposeScope();
    }
}

/// <summary>GEGLU: the first half of the projection is the value, the second the gate; exact (erf) GELU.</summary>
internal sealed class FeedForward : nn.Module<Tensor, Tensor>
{
    // A tuple, because fields that are modules are registered under the fields' names.
    private readonly (LinearLayer Projection, LinearLayer Output) layers;

    public FeedForward(ParameterScope parameters, long width)
        : base(nameof(FeedForward))
    {
        layers = (
            new LinearLayer(parameters["net"][0]["proj"], width, width * 4 * 2), new LinearLayer(parameters["net"][2], width * 4, width));

        // Named as in the checkpoint, where number 1 of the list is a dropout.
        register_module("net", new Container(("0", new Container(("proj", layers.Projection))), ("2", layers.Output)));
    }

    public override Tensor forward(Tensor tokens)
    {
        using var scope = NewDisposeScope();
        var halves = layers.Projection.forward(tokens).chunk(2, -1);
        var gate = nn.functional.gelu(halves[1]);
        return layers.Output.forward(gate.mul_(halves[0])).MoveToOuterDisposeScope();
    }
}
