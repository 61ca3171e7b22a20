using LoraFunctions.Diffusion.Models;
using LoraFunctions.Diffusion.Training;
using static TorchSharp.torch;

namespace LoraFunctions.Diffusion.Tests.Training;

/// <summary>A real UNet and text encoder of a few thousand weights, and pictures for them.</summary>
internal sealed class TinyDiffusion : IDisposable
{
    private readonly List<Tensor> _latents = [];

    public TinyDiffusion(long seed = 1, ScalarType precision = ScalarType.Float32)
    {
        Unet = new UNet2DConditionModel(
            new UNetConfig
            {
                BlockOutChannels = [16, 32], DownAttention = [true, false], UpAttention = [false, true], LayersPerBlock = 1, AttentionHeads = [2, 2], CrossAttentionDim = 16,
                NormNumGroups = 8,
            },
            new Rounded(ParameterSource.Random(seed), precision));
        Text = new ClipTextModel(
            new ClipTextConfig { VocabSize = 128, HiddenSize = 16, IntermediateSize = 32, NumHiddenLayers = 2, NumAttentionHeads = 2, MaxPositionEmbeddings = 12 },
            ParameterSource.Random(seed + 1));
        Conditions = new TextConditions(Text, Tokenize);
    }

    public UNet2DConditionModel Unet { get; }

    public ClipTextModel Text { get; }

    public TextConditions Conditions { get; }

    /// <summary>Smooth latents that differ between pictures, [4, height, width].</summary>
    public IReadOnlyList<TrainingExample> Examples(int count, long seed = 7, int height = 8, int width = 8)
    {
        using var generator = new Generator((ulong)seed);
        return [.. Enumerable.Range(0, count).Select(i => new TrainingExample
        {
            Name = $"{seed}-{i}.png",
            Caption = $"car {i}, red, side",
            Latents = new LatentDistribution(
                Keep(randn([4, 1, 1], generator: generator).expand(4, height, width).Times(4).Plus(randn([4, height, width], generator: generator))),
                Keep(TensorMath.Filled([4, height, width], -6))),
        })];
    }

    public LoraTrainer Trainer(
        string? folder = null, ITrainerCallback? observer = null, Func<TrainingControl>? control = null, Func<string, Stream>? createFile = null, TimeProvider? time = null) =>
        new(Unet, Conditions, new DiffusionObjective())
        {
            CheckpointFolder = folder,
            Callback = observer,
            Control = control,
            CreateFile = createFile,
            Time = time ?? TimeProvider.System,
        };

    public void Dispose()
    {
        Conditions.Dispose();
        Unet.Dispose();
        Text.Dispose();
        _latents.ForEach(l => l.Dispose());
    }

    private static IReadOnlyList<long> Tokenize(string caption) =>
        [126, .. caption.Select(c => (long)c % 120).Concat(Enumerable.Repeat(127L, 12)).Take(10), 127];

    private Tensor Keep(Tensor tensor)
    {
        _latents.Add(tensor.DetachFromDisposeScope());
        return tensor;
    }

    private sealed class Rounded(ParameterSource source, ScalarType precision) : ParameterSource
    {
        public override Tensor Create(string name, IReadOnlyList<long> shape, ParameterKind kind) => source.Create(name, shape, kind).to(precision);
    }
}
