using TorchSharp.Modules;
using static TorchSharp.torch;

namespace LoraFunctions.Diffusion.Models.Layers;

/// <summary>y = x W^T + b over the last axis, plus its adapter's delta.</summary>
internal sealed class LinearLayer : nn.Module<Tensor, Tensor>, IAdaptableLayer
{
    private readonly Parameter weight;
    private readonly Parameter? bias;

    public LinearLayer(ParameterScope parameters, long inputs, long outputs, bool hasBias = true)
        : base(nameof(LinearLayer))
    {
        weight = parameters.Create("weight", ParameterKind.LinearWeight, outputs, inputs);
        bias = hasBias ? parameters.Create("bias", ParameterKind.Bias, outputs) : null;
        RegisterComponents();
    }

    public Tensor Weight => weight;

    public long Stride => 1;

    public long Padding => 0;

    public ILayerAdapter? Adapter { get; set; }

    public override Tensor forward(Tensor input)
    {
        var output = nn.functional.linear(input, weight, bias);
        return Adapter is null ? output : Adapter.Apply(input, output);
    }
}

/// <summary>Rows of a table by their index; [...] int64 to [..., width].</summary>
internal sealed class EmbeddingLayer : nn.Module<Tensor, Tensor>
{
    private readonly Parameter weight;

    public EmbeddingLayer(ParameterScope parameters, long rows, long width)
        : base(nameof(EmbeddingLayer))
    {
        weight = parameters.Create("weight", ParameterKind.Embedding, rows, width);
        RegisterComponents();
    }

    public Parameter Table => weight;

    public override Tensor forward(Tensor input)
    {
        using var flat = input.reshape(-1);
        using var rows = weight.index_select(0, flat);
        return rows.view([.. input.shape, weight.shape[1]]);
    }
}

/// <summary>Layer normalisation over the last axis.</summary>
internal sealed class LayerNormLayer : nn.Module<Tensor, Tensor>
{
    private readonly Parameter weight;
    private readonly Parameter bias;
    private readonly long[] normalized;
    private readonly double epsilon;

    public LayerNormLayer(ParameterScope parameters, long width, double epsilon)
        : base(nameof(LayerNormLayer))
    {
        weight = parameters.Create("weight", ParameterKind.NormWeight, width);
        bias = parameters.Create("bias", ParameterKind.Bias, width);
        normalized = [width];
        this.epsilon = epsilon;
        RegisterComponents();
    }

    public override Tensor forward(Tensor input) => nn.functional.layer_norm(input, normalized, weight, bias, epsilon);
}

/// <summary>Names that lie between a network and its layers in the checkpoint but compute nothing.</summary>
internal sealed class Container : nn.Module
{
    public Container(params ReadOnlySpan<(string Name, nn.Module Module)> children)
        : base(nameof(Container))
    {
        foreach (var (name, module) in children)
        {
            register_module(name, module);
        }
    }
}

/// <summary>A source of parameters below one module path: <c>scope["attn1"]["to_q"].Create("weight", ...)</c>.</summary>
internal readonly record struct ParameterScope(ParameterSource Source, string Path = "")
{
    public ParameterScope this[string child] => new(Source, Path.Length == 0 ? child : $"{Path}.{child}");

    public ParameterScope this[int child] => this[child.ToString(System.Globalization.CultureInfo.InvariantCulture)];

    /// <summary>Frozen, and out of any dispose scope: it lives as long as its module.</summary>
    public Parameter Create(string name, ParameterKind kind, params long[] shape) =>
        (Parameter)new Parameter(Source.Create(this[name].Path, shape, kind).DetachFromDisposeScope(), requires_grad: false)
            .DetachFromDisposeScope();
}
