using TorchSharp;
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
            : Torch(input);

    /// <summary>Followed by SiLU.</summary>
    public Tensor ForwardSilu(Tensor input)
    {
        if (GroupNormKernel.CanRun(input))
        {
            return GroupNormKernel.Run(input, groups, weight, bias, epsilon, silu: true);
        }

        var normed = Torch(input);
        return Activations.Silu(normed);
    }

    /// <summary>
    /// Torch's kernel, which records gradients. On the CPU it sums squares naively in channels-last memory; the norm does not change, nor
    /// does its gradient, when a constant is taken off a group, so taking off the mean first makes it as exact as the kernel for the other
    /// layout.
    /// </summary>
    private Tensor Torch(Tensor input)
    {
        if (input.device_type != DeviceType.CPU || input.dim() != 4)
        {
            return nn.functional.group_norm(input, groups, weight, bias, epsilon);
        }

        using var scope = NewDisposeScope();
        using var mean = MeanOfGroup(input);
        return nn.functional.group_norm(input - mean, groups, weight, bias, epsilon).MoveToOuterDisposeScope();
    }

    /// <summary>[B, C, 1, 1], a constant to autograd.</summary>
    private Tensor MeanOfGroup(Tensor input)
    {
        using var grad = no_grad();
        using var scope = NewDisposeScope();
        var (batch, channels) = (input.shape[0], input.shape[1]);
        var perChannel = input.mean([2, 3]).view(batch, groups, channels / groups);
        return perChannel.mean([2], keepdim: true).expand(-1, -1, channels / groups).reshape(batch, channels, 1, 1)
            .MoveToOuterDisposeScope();
    }
}
