using LoraFunctions.Diffusion;
using LoraFunctions.Diffusion.Models;
using LoraFunctions.Diffusion.Safetensors;
using TorchSharp;
using static TorchSharp.torch;

namespace LoraFunctions.Showroom.Pretraining;

/// <summary>
/// A network whose parameters are views into one tensor, so that the optimizer's step is a handful of operations however many layers there
/// are. With bf16 weights the optimizer keeps fp32 ones of its own (mixed precision, Micikevicius et al. 2018). AdamW (Loshchilov and Hutter
/// 2019) with a moving average of the weights, which is what is measured and shipped.
/// </summary>
internal sealed class FlatNetwork<T> : IDisposable
    where T : nn.Module
{
    private const double FirstBeta = 0.9;
    private const double SecondBeta = 0.99;
    private const double Epsilon = 1e-8;

    private readonly Tensor weights;
    private readonly Tensor gradient;
    private readonly Tensor master;
    private readonly Tensor first;
    private readonly Tensor second;
    private readonly Tensor average;
    private readonly bool half;

    /// <param name="build">Called twice: to count, and to build.</param>
    public FlatNetwork(Func<ParameterSource, T> build, long seed, ScalarType dtype = ScalarType.Float32)
    {
        var counter = new Counter();
        build(counter).Dispose();
        half = dtype != ScalarType.Float32;
        weights = zeros(counter.Count, dtype: dtype).DetachFromDisposeScope();
        gradient = zeros(counter.Count, dtype: dtype).DetachFromDisposeScope();
        var source = new Views(weights, seed);
        Network = build(source);
        foreach ((_, TorchSharp.Modules.Parameter parameter) in Network.named_parameters())
        {
            (long[] shape, ParameterKind kind) = source.Pieces[parameter.storage_offset()];
            parameter.requires_grad = true;
            parameter.grad = View(gradient, parameter.storage_offset(), shape, kind).DetachFromDisposeScope();
        }

        master = half ? weights.to(ScalarType.Float32).DetachFromDisposeScope() : weights;
        first = zeros(counter.Count).DetachFromDisposeScope();
        second = zeros(counter.Count).DetachFromDisposeScope();
        average = weights.to(ScalarType.Float32, copy: true).DetachFromDisposeScope();
    }

    public T Network { get; }

    public long Count => master.numel();

    /// <summary>Steps taken; what is random about the next one follows from it.</summary>
    public long Step { get; private set; }

    /// <summary>What the network was given after it was built counts as its start.</summary>
    public void TakeOver()
    {
        using var grad = no_grad();
        if (half)
        {
            master.copy_(weights);
        }

        average.copy_(master);
    }

    /// <summary>One AdamW step on the gathered gradient, which is then zero. A gradient that is not finite is thrown away.</summary>
    /// <param name="clip">The gradient's norm is kept below this.</param>
    /// <param name="decay">Of the moving average.</param>
    public void Learn(double rate, double weightDecay = 0, double clip = 1, double decay = 0.998)
    {
        using var grad = no_grad();
        using var scope = NewDisposeScope();
        Step++;
        Tensor full = half ? gradient.to(ScalarType.Float32) : gradient;
        float norm = full.norm().item<float>();
        if (float.IsFinite(norm))
        {
            if (norm > clip)
            {
                full.TimesInPlace(clip / norm);
            }

            master.TimesInPlace(1 - (rate * weightDecay));
            first.TimesInPlace(FirstBeta).PlusInPlace(full, 1 - FirstBeta);
            second.TimesInPlace(SecondBeta).PlusInPlace(full.Squared(), 1 - SecondBeta);
            Tensor divisor = second.sqrt().TimesInPlace(1 / Math.Sqrt(1 - Math.Pow(SecondBeta, Step))).PlusInPlace(Epsilon);
            master.PlusInPlace(first.div(divisor), -rate / (1 - Math.Pow(FirstBeta, Step)));
            double keep = Math.Min(decay, (Step + 1.0) / (Step + 20.0));
            average.TimesInPlace(keep).PlusInPlace(master, 1 - keep);
            if (half)
            {
                weights.copy_(master);
            }
        }

        gradient.zero_();
    }

    /// <summary>Runs with the moving average in the network's place.</summary>
    public TResult WithAverage<TResult>(Func<TResult> run)
    {
        using var grad = no_grad();
        using Tensor kept = weights.clone();
        weights.copy_(average);
        try
        {
            return run();
        }
        finally
        {
            weights.copy_(kept);
        }
    }

    /// <summary>Everything that going on needs.</summary>
    public void Save(string path)
    {
        using Tensor step = tensor(new[] { Step });
        SafetensorsWriter.Write(path,
        [
            KeyValuePair.Create("weights", master), KeyValuePair.Create("average", average), KeyValuePair.Create("first", first),
            KeyValuePair.Create("second", second), KeyValuePair.Create("step", step),
        ]);
    }

    public void Load(string path)
    {
        using var grad = no_grad();
        using SafetensorsFile file = SafetensorsFile.Open(path);
        file.ReadInto("weights", master);
        file.ReadInto("average", average);
        file.ReadInto("first", first);
        file.ReadInto("second", second);
        using Tensor step = file.ReadTensor("step");
        Step = step.item<long>();
        if (half)
        {
            weights.copy_(master);
        }
    }

    /// <summary>Another stage's average as this one's start, with a fresh optimizer.</summary>
    public void StartFrom(string path)
    {
        using var grad = no_grad();
        using SafetensorsFile file = SafetensorsFile.Open(path);
        file.ReadInto("average", average);
        master.copy_(average);
        if (half)
        {
            weights.copy_(master);
        }
    }

    public void Dispose()
    {
        Network.Dispose();
        foreach (Tensor tensor in (Tensor[])[weights, gradient, first, second, average, .. half ? [master] : Array.Empty<Tensor>()])
        {
            tensor.Dispose();
        }
    }

    private static Tensor View(Tensor all, long at, long[] shape, ParameterKind kind)
    {
        Tensor flat = all.narrow(0, at, Product(shape));
        return kind == ParameterKind.ConvolutionWeight
            ? flat.view(shape[0], shape[2], shape[3], shape[1]).permute(0, 3, 1, 2)
            : flat.view(shape);
    }

    private static long Product(IEnumerable<long> shape) => shape.Aggregate(1L, (a, b) => a * b);

    private sealed class Counter : ParameterSource
    {
        public long Count { get; private set; }

        public override Tensor Create(string name, IReadOnlyList<long> shape, ParameterKind kind)
        {
            Count += Product(shape);
            return Meta.Create(name, shape, kind);
        }
    }

    private sealed class Views(Tensor all, long seed) : ParameterSource
    {
        private readonly ParameterSource random = Random(seed);
        private long used;

        /// <summary>By their place in the one tensor: modules register in another order than they create.</summary>
        public Dictionary<long, (long[] Shape, ParameterKind Kind)> Pieces { get; } = [];

        public override Tensor Create(string name, IReadOnlyList<long> shape, ParameterKind kind)
        {
            using var grad = no_grad();
            using var scope = NewDisposeScope();
            Tensor view = View(all, used, [.. shape], kind);
            view.copy_(random.Create(name, shape, kind));
            Pieces[used] = ([.. shape], kind);
            used += Product(shape);
            return view.MoveToOuterDisposeScope();
        }
    }
}
