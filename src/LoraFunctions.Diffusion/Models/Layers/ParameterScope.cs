using TorchSharp.Modules;

namespace LoraFunctions.Diffusion.Models.Layers;

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
