using LoraFunctions.Diffusion.Models.Layers;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace LoraFunctions.Diffusion.Models;

/// <summary>The transformer both CLIP towers have (<c>encoder.layers.{i}</c>), pre-norm.</summary>
internal sealed class ClipEncoder : nn.Module<Tensor, Tensor>
{
    private readonly ModuleList<ClipEncoderLayer> layers;

    public ClipEncoder(
        ParameterScope parameters, int layerCount, long width, long innerWidth, long heads, double normEpsilon, bool quickGelu, bool causal)
        : base(nameof(ClipEncoder))
    {
        layers = new ModuleList<ClipEncoderLayer>([.. Enumerable.Range(0, layerCount)
            .Select(i => new ClipEncoderLayer(parameters["layers"][i], width, innerWidth, heads, normEpsilon, quickGelu, causal))]);
        RegisterComponents();
    }

    /// <summary>Wraps every layer; null runs it straight.</summary>
    public BlockRunner? RunBlock { get; set; }

    /// <summary>[B, T, width] after the last layer.</summary>
    public override Tensor forward(Tensor tokens)
    {
        using var scope = NewDisposeScope();
        var hidden = tokens;
        foreach (var layer in layers)
        {
            hidden = Run(layer, hidden);
        }

        return hidden.MoveToOuterDisposeScope();
    }

    /// <summary>
    /// The embeddings and every layer's output, <c>layerCount + 1</c> tensors [B, T, width], in the current dispose scope.
    /// </summary>
    /// <param name="skipLast">So many layers at the end are not run.</param>
    public IReadOnlyList<Tensor> EveryState(Tensor tokens, int skipLast = 0)
    {
        var states = new List<Tensor> { tokens };
        foreach (var layer in layers.Take(layers.Count - skipLast))
        {
            states.Add(Run(layer, states[^1]));
        }

        return states;
    }

    private Tensor Run(ClipEncoderLayer layer, Tensor tokens) =>
        RunBlock is null ? layer.forward(tokens) : RunBlock(inputs => layer.forward(inputs[0]), [tokens]);

    internal sealed class ClipEncoderLayer : nn.Module<Tensor, Tensor>
    {
        private readonly LayerNormLayer layer_norm1;
        private readonly ClipAttention self_attn;
        private readonly LayerNormLayer layer_norm2;
        private readonly ClipMlp mlp;

        public ClipEncoderLayer(
            ParameterScope parameters, long width, long innerWidth, long heads, double normEpsilon, bool quickGelu, bool causal)
            : base(nameof(ClipEncoderLayer))
        {
            layer_norm1 = new LayerNormLayer(parameters["layer_norm1"], width, normEpsilon);
            self_attn = new ClipAttention(parameters["self_attn"], width, heads, causal);
            layer_norm2 = new LayerNormLayer(parameters["layer_norm2"], width, normEpsilon);
            mlp = new ClipMlp(parameters["mlp"], width, innerWidth, quickGelu);
            RegisterComponents();
        }

        public override Tensor forward(Tensor tokens)
        {
            using var scope = NewDisposeScope();
            var hidden = self_attn.forward(layer_norm1.forward(tokens)).PlusInPlace(tokens);
            return mlp.forward(layer_norm2.forward(hidden)).PlusInPlace(hidden).MoveToOuterDisposeScope();
        }
    }

    internal sealed class ClipAttention : nn.Module<Tensor, Tensor>
    {
        private readonly LinearLayer q_proj;
        private readonly LinearLayer k_proj;
        private readonly LinearLayer v_proj;
        private readonly LinearLayer out_proj;
        private readonly long heads;
        private readonly bool causal;

        public ClipAttention(ParameterScope parameters, long width, long heads, bool causal)
            : base(nameof(ClipAttention))
        {
            this.heads = heads;
            this.causal = causal;
            q_proj = new LinearLayer(parameters["q_proj"], width, width);
            k_proj = new LinearLayer(parameters["k_proj"], width, width);
            v_proj = new LinearLayer(parameters["v_proj"], width, width);
            out_proj = new LinearLayer(parameters["out_proj"], width, width);
            RegisterComponents();
        }

        public override Tensor forward(Tensor tokens)
        {
            using var scope = NewDisposeScope();
            var query = AttentionLayer.Split(q_proj.forward(tokens), heads);
            var key = AttentionLayer.Split(k_proj.forward(tokens), heads);
            var value = AttentionLayer.Split(v_proj.forward(tokens), heads);
            return out_proj.forward(AttentionLayer.Attend(query, key, value, causal)).MoveToOuterDisposeScope();
        }
    }

    internal sealed class ClipMlp : nn.Module<Tensor, Tensor>
    {
        private readonly LinearLayer fc1;
        private readonly LinearLayer fc2;
        private readonly bool quickGelu;

        public ClipMlp(ParameterScope parameters, long width, long innerWidth, bool quickGelu)
            : base(nameof(ClipMlp))
        {
            this.quickGelu = quickGelu;
            fc1 = new LinearLayer(parameters["fc1"], width, innerWidth);
            fc2 = new LinearLayer(parameters["fc2"], innerWidth, width);
            RegisterComponents();
        }

        public override Tensor forward(Tensor tokens)
        {
            using var scope = NewDisposeScope();
            var inner = fc1.forward(tokens);
            inner = quickGelu ? Activations.QuickGelu(inner) : nn.functional.gelu(inner);
            return fc2.forward(inner).MoveToOuterDisposeScope();
        }
    }
}
