using TorchSharp.Modules;
using static TorchSharp.torch;

namespace LoraFunctions.Diffusion.Models.Layers;

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
