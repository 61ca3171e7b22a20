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
