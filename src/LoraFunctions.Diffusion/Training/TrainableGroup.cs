using static TorchSharp.torch;

namespace LoraFunctions.Diffusion.Training;

/// <summary>
/// The weights of one model that share a learning rate, in one flat fp32 tensor, with gradients and AdamW's averages in others of the same
/// length. The tensors the layers compute with are views into it.
/// </summary>
internal sealed class TrainableGroup : IDisposable
{
    private readonly List<Tensor> _leaves = [];
    private readonly List<Tensor> _leafGradients = [];
    private long _used;

    public TrainableGroup(long length, double learningRate, LoraTrainingOptions options, Device device)
    {
        LearningRate = learningRate;
        Weights = zeros(length, ScalarType.Float32, device).DetachFromDisposeScope();
        Gradient = zeros(length, ScalarType.Float32, device).DetachFromDisposeScope();
        Optimizer = new AdamW(Weights, options.Beta1, options.Beta2, options.Epsilon, options.WeightDecay);
    }

    public double LearningRate { get; }

    public Tensor Weights { get; }

    public Tensor Gradient { get; }

    public AdamW Optimizer { get; }

    /// <summary>The next piece as a leaf that autograd accumulates into <see cref="Gradient"/>; lives as long as the group.</summary>
    public Tensor Take(Tensor initial)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var count = initial.numel();
        var leaf = Weights.narrow(0, _used, count).view(initial.shape).detach();
        leaf.copy_(initial);
        leaf.requires_grad = true;
        // A gradient that is already there is added to in place, so all of them lie side by side for clipping and AdamW.
        var gradient = Gradient.narrow(0, _used, count).view(initial.shape);
        leaf.grad = gradient;
        _used += count;
        _leaves.Add(leaf.DetachFromDisposeScope());
        _leafGradients.Add(gradient.DetachFromDisposeScope());
        return leaf;
    }

    public void Dispose()
    {
        _leaves.ForEach(l => l.Dispose());
        _leafGradients.ForEach(g => g.Dispose());
        Optimizer.Dispose();
        Weights.Dispose();
        Gradient.Dispose();
    }
}
