using LoraFunctions.Diffusion.Lora;
using LoraFunctions.Diffusion.Models;
using static TorchSharp.torch;

namespace LoraFunctions.Diffusion.Training;

/// <summary>A LoRA while it is trained: fp32 weights on the base model's device, gradients, optimizer, and the best weights so far.</summary>
internal sealed class TrainableLora : IDisposable
{
    private readonly List<(LoraLayerName Layer, Tensor Down, Tensor Up, Tensor? Mid, double Alpha)> _modules = [];
    private readonly Dictionary<LoraLayerName, IAdaptableLayer> _layers;
    private readonly Dictionary<LoraLayerName, LowRank?[]> _pairs = [];
    private List<Tensor>? _best;

    /// <param name="layers">The layers to adapt.</param>
    /// <param name="initial">Start from these, whose modules decide ranks and alphas; layers without a module: down Kaiming-uniform, up zero.</param>
    public TrainableLora(IReadOnlyList<KeyValuePair<LoraLayerName, IAdaptableLayer>> layers, LoraTrainingOptions options, LoraWeights? initial = null)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        _layers = layers.ToDictionary();
        var made = layers.Select(l => (l.Key, Layer: l.Value, Module: initial?.Find(l.Key) ?? Create(l.Key, l.Value, options))).ToArray();
        foreach (var part in made.GroupBy(m => m.Key.Part).OrderBy(g => g.Key))
        {
            var learningRate = part.Key == LoraPart.Unet ? options.LearningRate : options.TextEncoderLearningRate ?? options.LearningRate;
            var group = new TrainableGroup(part.Sum(m => m.Module.ParameterCount), learningRate, options, part.First().Layer.Weight.device);
            Groups.Add(group);
            foreach (var (name, layer, module) in part)
            {
                var (down, up, mid) = (group.Take(module.Down), group.Take(module.Up), module.Mid is null ? null : group.Take(module.Mid));
                _modules.Add((name, down, up, mid, module.Alpha));
                _pairs[name] = [new LowRank(layer, down, up, mid, module.Scale, owned: false)];
            }
        }
    }

    /// <summary>UNet first, then the text encoder where it is trained.</summary>
    public List<TrainableGroup> Groups { get; } = [];

    /// <summary>Puts the adapters on the layers.</summary>
    public LoraNetwork Attach() => LoraNetwork.Attach(_layers, _pairs, [1], [1]);

    public void ZeroGradient()
    {
        foreach (var group in Groups)
        {
            group.Gradient.zero_();
        }
    }

    /// <summary>Every weight's gradient by kohya's tensor name; new handles.</summary>
    internal IEnumerable<(string Name, Tensor Gradient)> Gradients() =>
        _modules.SelectMany(m => new[] { (m.Layer.Kohya + ".lora_down.weight", m.Down.grad!), (m.Layer.Kohya + ".lora_up.weight", m.Up.grad!) });

    /// <summary>L2 norm over all gradients.</summary>
    public double GradientNorm()
    {
        using var scope = NewDisposeScope();
        return Math.Sqrt(Groups.Sum(g => Math.Pow(g.Gradient.norm().item<float>(), 2)));
    }

    /// <summary>Scales the gradients down to a norm, as torch.nn.utils.clip_grad_norm_.</summary>
    public void Clip(double norm, double maximum)
    {
        var factor = maximum / (norm + 1e-6);
        if (factor < 1)
        {
            ScaleGradient(factor);
        }
    }

    public void ScaleGradient(double factor)
    {
        foreach (var group in Groups)
        {
            group.Gradient.TimesInPlace(factor);
        }
    }

    /// <param name="factor">Of every group's learning rate.</param>
    /// <param name="step">Counted from 1.</param>
    public void Step(double factor, long step)
    {
        foreach (var group in Groups)
        {
            group.Optimizer.Step(group.Gradient, group.LearningRate * factor, step);
        }
    }

    /// <summary>A copy on the CPU in fp32, the caller's.</summary>
    public LoraWeights Snapshot(IReadOnlyDictionary<string, string>? metadata = null)
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        return new LoraWeights(_modules.Select(m => new LoraModule(m.Layer, Copy(m.Down)!, Copy(m.Up)!, m.Alpha, Copy(m.Mid))), metadata);

        static Tensor? Copy(Tensor? t) => t?.detach().cpu().clone();
    }

    /// <summary>Keeps the weights as they are as the best so far.</summary>
    public void KeepBest()
    {
        using var noGrad = no_grad();
        _best ??= [.. Groups.Select(g => empty_like(g.Weights).DetachFromDisposeScope())];
        foreach (var (best, group) in _best.Zip(Groups))
        {
            best.copy_(group.Weights);
        }
    }

    /// <summary>Takes the best weights back, where any were kept.</summary>
    public bool UseBest()
    {
        using var noGrad = no_grad();
        foreach (var (best, group) in (_best ?? []).Zip(Groups))
        {
            group.Weights.copy_(best);
        }

        return _best is not null;
    }

    /// <summary>Everything a checkpoint keeps, by name; the tensors themselves, not copies.</summary>
    public Dictionary<string, Tensor> Tensors(string name, bool withBest)
    {
        if (withBest && _best is null)
        {
            KeepBest();
        }

        var tensors = new Dictionary<string, Tensor>(StringComparer.Ordinal);
        foreach (var (i, group) in Groups.Index())
        {
            tensors[$"{name}/{i}.weights"] = group.Weights;
            tensors[$"{name}/{i}.average"] = group.Optimizer.Average;
            tensors[$"{name}/{i}.square_average"] = group.Optimizer.SquareAverage;
            if (withBest)
            {
                tensors[$"{name}/{i}.best"] = _best![i];
            }
        }

        return tensors;
    }

    public void Dispose()
    {
        Groups.ForEach(g => g.Dispose());
        _best?.ForEach(b => b.Dispose());
    }

    private static LoraModule Create(LoraLayerName name, IAdaptableLayer layer, LoraTrainingOptions options)
    {
        var (rank, alpha) = Size(layer, options);
        var (downShape, upShape) = LoraLayers.Shapes(layer, rank);
        // Kaiming-uniform with a = sqrt(5) is uniform in +-1 / sqrt(fan in).
        var bound = 1 / Math.Sqrt(downShape.Skip(1).Aggregate(1L, (a, b) => a * b));
        using var generator = TrainingRandom.Generator(options.Seed, "start of " + name.Kohya, 0);
        var down = rand(downShape, generator: generator).TimesInPlace(2 * bound).PlusInPlace(-bound);
        return new LoraModule(name, down, zeros(upShape), alpha);
    }

    private static (int Rank, double Alpha) Size(IAdaptableLayer layer, LoraTrainingOptions options) =>
        LoraLayers.IsWide(layer)
            ? (options.ConvolutionRank ?? options.Rank, options.ConvolutionAlpha ?? options.Alpha)
            : (options.Rank, options.Alpha);

    /// <summary>Whether weights have the layers, ranks and alphas that are asked for.</summary>
    /// <exception cref="LoraException">They have not; every reason is named.</exception>
    public static void CheckStart(LoraWeights start, IReadOnlyList<KeyValuePair<LoraLayerName, IAdaptableLayer>> layers, LoraTrainingOptions options)
    {
        var asked = layers.ToDictionary();
        var problems = new List<string>();
        Name("has no module for", asked.Keys.Where(name => start.Find(name) is null));
        Name("has modules for layers that are not trained:", start.Modules.Select(m => m.Layer).Where(name => !asked.ContainsKey(name)));
        foreach (var module in start.Modules)
        {
            if (asked.TryGetValue(module.Layer, out var layer))
            {
                LowRank.CheckFit(module, layer);
                if ((module.Rank, module.Alpha) != Size(layer, options))
                {
                    problems.Add(FormattableString.Invariant(
                        $"has rank {module.Rank} and alpha {module.Alpha} at {module.Layer.Kohya}, where {Size(layer, options).Rank} and {Size(layer, options).Alpha} are asked for"));
                    break; // the others differ as it does
                }
            }
        }

        if (problems.Count > 0)
        {
            throw new LoraException($"The LoRA to start from {string.Join("; it ", problems)}. Ask for the layers, rank and alpha that it has, or start from none.");
        }

        void Name(string what, IEnumerable<LoraLayerName> named)
        {
            if (named.Select(l => l.Kohya).ToList() is { Count: > 0 } names)
            {
                problems.Add($"{what} {LoraException.Names(names, shown: 3)}");
            }
        }
    }
}

/// <summary>
/// The weights that share a learning rate, in one flat fp32 tensor, with gradients and AdamW's averages in others of the same
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
        weights.TimesInPlace(1 - (learningRate * weightDecay));
        Average.TimesInPlace(beta1).PlusInPlace(gradient, 1 - beta1);
        SquareAverage.TimesInPlace(beta2).PlusProductInPlace(gradient, gradient, 1 - beta2);
        var stepSize = learningRate / (1 - Math.Pow(beta1, step));
        var denominator = SquareAverage.sqrt().Over(Math.Sqrt(1 - Math.Pow(beta2, step))).PlusInPlace(epsilon);
        weights.PlusQuotientInPlace(Average, denominator, -stepSize);
    }

    public void Dispose()
    {
        Average.Dispose();
        SquareAverage.Dispose();
    }
}
