using System.Diagnostics;
using LoraFunctions.Diffusion.Checkpoints;
using LoraFunctions.Jobs.Training.Configuration;
using static TorchSharp.torch;

namespace LoraFunctions.Cli.Nightly;

/// <summary>How long a model takes on this machine, from passes of its UNet.</summary>
internal sealed class StepTime : IDisposable
{
    /// <summary>A training step beside a pass of the same batch: forward and backward, measured 2.4 on Stable Diffusion 1.5 at 512x512.</summary>
    private const double PassesOfAStep = 2.4;

    /// <summary>A sampler's step of a comparison: two passes for guidance, and the shared prompt of a composition.</summary>
    private const double PassesOfASamplerStep = 3;

    private const int TokensOfAPrompt = 77;

    /// <summary>The first sets things up, and one of the others may meet a busy moment: the fastest counts.</summary>
    private const int MostPasses = 4;

    private static readonly TimeSpan EnoughTime = TimeSpan.FromSeconds(10);

    private readonly StableDiffusionModel _model;
    private readonly Dictionary<(int Width, int Height), TimeSpan> _passes = [];

    private StepTime(StableDiffusionModel model) => _model = model;

    /// <summary>Loads the checkpoint.</summary>
    /// <exception cref="CheckpointException">It is no Stable Diffusion 1.5, or damaged; every fault is in it.</exception>
    public static StepTime Load(string checkpoint) => new(StableDiffusionModel.Load(checkpoint));

    /// <summary>A training of so many photos.</summary>
    public (int Steps, TimeSpan Takes) Training(int photos, TrainingConfiguration training)
    {
        var options = training.EffectiveOptions;
        int batch = options.BatchSize * options.GradientAccumulation;
        int seen = (photos - (int)Math.Round(photos * training.ValidationShare)) * training.Repeats;
        int steps = Math.Max(1, (int)Math.Ceiling(seen / (double)batch)) * options.Epochs;
        return (steps, Pass(training.Resolution.Width, training.Resolution.Height) * (PassesOfAStep * batch * steps));
    }

    /// <summary>One picture.</summary>
    public TimeSpan Picture(int width, int height, int steps) => Pass(width, height) * (PassesOfASamplerStep * steps);

    public void Dispose() => _model.Dispose();

    private TimeSpan Pass(int width, int height)
    {
        if (!_passes.TryGetValue((width, height), out TimeSpan pass))
        {
            _passes[(width, height)] = pass = Measure(width, height);
        }

        return pass;
    }

    private TimeSpan Measure(int width, int height)
    {
        using var scope = NewDisposeScope();
        using var still = no_grad();
        Tensor latent = zeros([1, _model.Unet.Config.InChannels, height / 8, width / 8], device: _model.Device);
        Tensor context = zeros([1, TokensOfAPrompt, _model.Unet.Config.CrossAttentionDim], device: _model.Device);
        Tensor time = ones([1], device: _model.Device);
        TimeSpan fastest = TimeSpan.MaxValue;
        long begin = Stopwatch.GetTimestamp();
        for (int pass = 0; pass < MostPasses && Stopwatch.GetElapsedTime(begin) < EnoughTime; pass++)
        {
            long at = Stopwatch.GetTimestamp();
            _model.Unet.forward(latent, time, context).sum().item<float>();
            TimeSpan took = Stopwatch.GetElapsedTime(at);
            fastest = took < fastest ? took : fastest;
        }

        return fastest;
    }
}
