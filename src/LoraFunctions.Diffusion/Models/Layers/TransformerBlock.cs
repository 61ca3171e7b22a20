using static TorchSharp.torch;

namespace LoraFunctions.Diffusion.Models.Layers;

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
