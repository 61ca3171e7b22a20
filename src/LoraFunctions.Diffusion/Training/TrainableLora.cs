using LoraFunctions.Diffusion.Lora;
using LoraFunctions.Diffusion.Models;
using static TorchSharp.torch;

namespace LoraFunctions.Diffusion.Training;

/// <summary>One model's adapters while they are trained: fp32 weights on the base model's device, gradients, optimizer.</summary>
internal sealed class TrainableLora : IDisposable
{
    private readonly List<(LoraLayerName Layer, Tensor Down, Tensor Up, Tensor? Mid, double Alpha)> _modules = [];
    private readonly Dictionary<LoraLayerName, LowRank> _pairs = [];

    /// <param name="layers">The layers to adapt.</param>
    /// <param name="initial">Start from these (their modules decide ranks and alphas); null: down Kaiming-uniform, up zero.</param>
    /// <exception cref="LoraException">The initial weights do not fit the layers.</exception>
    public TrainableLora(IReadOnlyList<KeyValuePair<LoraLayerName, IAdaptableLayer>> layers, LoraTrainingOptions options, LoraWeights? initial = null)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var made = layers.Select(l => (l.Key, Layer: l.Value, Module: initial is null ? Create(l.Key, l.Value, options) : Given(initial, l.Key, l.Value))).ToArray();
        foreach (var part in made.GroupBy(m => m.Key.Part).OrderBy(g => g.Key))
        {
            var learningRate = part.Key == LoraPart.Unet ? options.LearningRate : options.TextEncoderLearningRate ?? options.LearningRate;
            var group = new TrainableGroup(part.Sum(m => m.Module.ParameterCount), learningRate, options, part.First().Layer.Weight.device);
            Groups.Add(group);
            foreach (var (name, layer, module) in part)
            {
                var (down, up, mid) = (group.Take(module.Down), group.Take(module.Up), module.Mid is null ? null : group.Take(module.Mid));
                _modules.Add((name, down, up, mid, module.Alpha));
                _pairs[name] = new LowRank(layer, down, up, mid, module.Scale, owned: false);
            }
        }
    }

    /// <summary>UNet first, then the text encoder where it is trained.</summary>
    public List<TrainableGroup> Groups { get; } = [];

    public LowRank? Pair(LoraLayerName layer) => _pairs.GetValueOrDefault(layer);

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
            group.Gradient.mul_(factor);
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

    public void Dispose() => Groups.ForEach(g => g.Dispose());

    private static LoraModule Create(LoraLayerName name, IAdaptableLayer layer, LoraTrainingOptions options)
    {
        var isWide = LoraLayers.IsWide(layer);
        var alpha = isWide ? options.ConvolutionAlpha ?? options.Alpha : options.Alpha;
        var (downShape, upShape) = LoraLayers.Shapes(layer, isWide ? options.ConvolutionRank ?? options.Rank : options.Rank);
        // Kaiming-uniform with a = sqrt(5) is uniform in +-1 / sqrt(fan in).
        var bound = 1 / Math.Sqrt(downShape.Skip(1).Aggregate(1L, (a, b) => a * b));
        using var generator = TrainingRandom.Generator(options.Seed, "start of " + name.Kohya, 0);
        var down = rand(downShape, generator: generator).mul_(2 * bound).sub_(bound);
        return new LoraModule(name, down, zeros(upShape), alpha);
    }

    private static LoraModule Given(LoraWeights initial, LoraLayerName name, IAdaptableLayer layer)
    {
        var module = initial.Find(name) ?? throw new LoraException($"The weights to start from have no module for {name.Kohya}; choose the layers they were made for.");
        LowRank.CheckFit(module, layer);
        return module;
    }
}
