using TorchSharp.Modules;
using static TorchSharp.torch;

namespace LoraFunctions.Diffusion.Models.Layers;

/// <summary>Multi-head attention with diffusers' names (<c>to_q, to_k, to_v, to_out.0</c>); queries [B, T, C], context [B, S, D].</summary>
internal sealed class AttentionLayer : nn.Module<Tensor, Tensor, Tensor>
{
    private readonly LinearLayer to_q;
    private readonly LinearLayer to_k;
    private readonly LinearLayer to_v;
    private readonly ModuleList<LinearLayer> to_out;
    private readonly GroupNormLayer? group_norm;
    private readonly long heads;

    /// <param name="projectionBias">The VAE's projections have biases, the UNet's q, k and v have none.</param>
    /// <param name="normGroups">The VAE's attention normalises its own input over the image; 0: it does not.</param>
    public AttentionLayer(ParameterScope parameters, long width, long contextWidth, long heads, bool projectionBias = false,
        long normGroups = 0, double normEpsilon = 1e-6)
        : base(nameof(AttentionLayer))
    {
        this.heads = heads;
        group_norm = normGroups > 0 ? new GroupNormLayer(parameters["group_norm"], normGroups, width, normEpsilon) : null;
        to_q = new LinearLayer(parameters["to_q"], width, width, projectionBias);
        to_k = new LinearLayer(parameters["to_k"], contextWidth, width, projectionBias);
        to_v = new LinearLayer(parameters["to_v"], contextWidth, width, projectionBias);
        to_out = new ModuleList<LinearLayer>(new LinearLayer(parameters["to_out"][0], width, width));
        RegisterComponents();
    }

    /// <summary>Parts of the context, each attended to where its mask says; null: the context is one.</summary>
    public ContextParts? Parts { get; set; }

    public override Tensor forward(Tensor tokens, Tensor context)
    {
        using var scope = NewDisposeScope();
        var query = Split(to_q.forward(tokens), heads);
        var key = Split(to_k.forward(context), heads);
        var value = Split(to_v.forward(context), heads);
        var attended = Parts is { } parts ? AttendParts(query, key, value, parts) : Attend(query, key, value, causal: false);
        return to_out[0].forward(attended).MoveToOuterDisposeScope();
    }

    /// <summary>Self-attention over the pixels of [B, C, H, W] with its own norm, added to the input.</summary>
    public Tensor ForwardImage(Tensor image)
    {
        using var scope = NewDisposeScope();
        var tokens = Activations.Tokens(group_norm is null ? image : group_norm.forward(image));
        var attended = Activations.Image(forward(tokens, tokens), image.shape[2], image.shape[3]);
        return attended.PlusInPlace(image).MoveToOuterDisposeScope();
    }

    private static Tensor AttendParts(Tensor query, Tensor key, Tensor value, ContextParts parts)
    {
        Tensor? sum = null;
        var from = 0L;
        foreach (var (length, mask) in parts.Parts)
        {
            var attended = Attend(query, key.narrow(2, from, length), value.narrow(2, from, length), causal: false);
            attended = attended.mul_(TokenMask.Of(mask, query.shape[2])!.to(attended.dtype));
            sum = sum is null ? attended : sum.PlusInPlace(attended);
            from += length;
        }

        return sum!;
    }

    /// <summary>[B, T, heads * d] to [B, heads, T, d]; a view.</summary>
    internal static Tensor Split(Tensor tokens, long heads)
    {
        var shape = tokens.shape;
        using var split = tokens.view(shape[0], shape[1], heads, shape[2] / heads);
        return split.transpose(1, 2);
    }

    /// <summary>Fused softmax(q k^T / sqrt(d)) v; [B, heads, T, d] each, back to [B, T, heads * d].</summary>
    internal static Tensor Attend(Tensor query, Tensor key, Tensor value, bool causal)
    {
        using var scope = NewDisposeScope();
        var joined = nn.functional.scaled_dot_product_attention(query, key, value, is_casual: causal).transpose(1, 2);
        return joined.reshape(joined.shape[0], joined.shape[1], joined.shape[2] * joined.shape[3]).MoveToOuterDisposeScope();
    }
}
