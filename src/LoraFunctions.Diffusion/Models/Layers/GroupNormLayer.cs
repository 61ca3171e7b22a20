using TorchSharp.Modules;
using static TorchSharp.torch;

namespace LoraFunctions.Diffusion.Models.Layers;

/// <summary>Group normalisation over [B, C, H, W], memory layout kept.</summary>
internal sealed class GroupNormLayer : nn.Module<Tensor, Tensor>
{
    private readonly Parameter weight;
    private readonly Parameter bias;
    private readonly long groups;
    private readonly double epsilon;

    public GroupNormLayer(ParameterScope parameters, long groups, long channels, double epsilon)
        : base(nameof(GroupNormLayer))
    {
        weight = parameters.Create("weight", ParameterKind.NormWeight, channels);
        bias = parameters.Create("bias", ParameterKind.Bias, channels);
        this.groups = groups;
        this.epsilon = epsilon;
        RegisterComponents();
    }

    public override Tensor forward(Tensor input) =>
        GroupNormKernel.CanRun(input)
            ? GroupNormKernel.Run(input, groups, weight, bias, epsilon, silu: false)
            : nn.functional.group_norm(input, groups, weight, bias, epsilon);

    /// <summary>Followed by SiLU.</summary>
    public Tensor ForwardSilu(Tensor input)
    {
        if (GroupNormKernel.CanRun(input))
        {
            return GroupNormKernel.Run(input, groups, weight, bias, epsilon, silu: true);
        }

        var normed = nn.functional.group_norm(input, groups, weight, bias, epsilon);
        return Activations.Silu(normed);
    }
}
