using static TorchSharp.torch;

namespace LoraFunctions.Diffusion.Training;

/// <summary>
/// AdamW (arXiv 1711.05101) exactly as torch.optim.AdamW computes it, over one flat fp32 tensor that holds all weights of a group: the
/// rule is element-wise, so one call does what a loop over hundreds of tensors would.
/// </summary>
internal sealed class AdamW(Tensor weights, double beta1, double beta2, double epsilon, double weightDecay) : IDisposable
{
    public Tensor Average { get; } = zeros_like(weights).DetachFromDisposeScope();

    public Tensor SquareAverage { get; } = zeros_like(weights).DetachFromDisposeScope();

    /// <param name="step">Counted from 1.</param>
    public void Step(Tensor gradient, double learningRate, long step)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        weights.mul_(1 - (learningRate * weightDecay));
        Average.mul_(beta1).add_(gradient, alpha: 1 - beta1);
        SquareAverage.mul_(beta2).addcmul_(gradient, gradient, value: 1 - beta2);
        var stepSize = learningRate / (1 - Math.Pow(beta1, step));
        var denominator = SquareAverage.sqrt().div_(Math.Sqrt(1 - Math.Pow(beta2, step))).add_(epsilon);
        weights.addcdiv_(Average, denominator, value: -stepSize);
    }

    public void Dispose()
    {
        Average.Dispose();
        SquareAverage.Dispose();
    }
}
