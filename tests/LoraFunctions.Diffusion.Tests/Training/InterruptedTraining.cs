using LoraFunctions.Diffusion.Lora;
using LoraFunctions.Diffusion.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace LoraFunctions.Diffusion.Tests.Training;

/// <summary>A training, a folder for its checkpoints, and what tests do to them.</summary>
internal sealed class InterruptedTraining : IDisposable
{
    /// <summary>Of <see cref="Run"/>.</summary>
    public const int Steps = 12;

    private readonly DisposeScope _scope = NewDisposeScope();

    public TinyDiffusion Tiny { get; } = new();

    public string Folder { get; } = Directory.CreateTempSubdirectory("lora-checkpoints-").FullName;

    /// <summary>Dropout, caption changes, text encoder, validation and a schedule: everything that has a state or draws numbers.</summary>
    public LoraTrainingRun Run =>
        new()
        {
            Name = "a",
            Options = LoraTrainerTests.Options with { BatchSize = 2, Epochs = 4, SaveSteps = 2, ShuffleCaption = true, CaptionDropout = 0.2, NoiseOffset = 0.05, Scheduler = LearningRateScheduler.Cosine, WarmupSteps = 2, TextEncoderLearningRate = 1e-3 },
            Examples = Tiny.Examples(5),
            HeldOut = Tiny.Examples(2, seed: 50),
        };

    /// <summary>Pictures of two sizes, and two batches a step; 10 steps.</summary>
    public LoraTrainingRun Accumulating =>
        new()
        {
            Name = "b",
            Options = LoraTrainerTests.Options with { BatchSize = 1, GradientAccumulation = 2, Epochs = 5, SaveSteps = 2, Seed = 77, Targets = LoraTargets.Kohya },
            Examples = [.. Tiny.Examples(2, seed: 60), .. Tiny.Examples(2, seed: 61, height: 8, width: 16)],
        };

    public static void CancelAt(long step, int stop, CancellationTokenSource cancel)
    {
        if (step == stop)
        {
            cancel.Cancel();
        }
    }

    /// <summary>A digest of all weights and the losses.</summary>
    public static string Finish(LoraTrainer trainer, LoraTrainingRun run)
    {
        using var hash = System.Security.Cryptography.IncrementalHash.CreateHash(System.Security.Cryptography.HashAlgorithmName.SHA256);
        using var result = trainer.Train(run);
        foreach (var module in result.Weights.Modules)
        {
            hash.AppendData(module.Down.bytes);
            hash.AppendData(module.Up.bytes);
        }

        hash.AppendData(System.Text.Encoding.UTF8.GetBytes(FormattableString.Invariant(
            $"{result.Outcome} {result.Steps} {result.WeightsStep} {result.LastEpochLoss:r} {string.Join(' ', result.Validations.Select(v => v.Loss))}")));
        return Convert.ToHexString(hash.GetHashAndReset());
    }

    public void Dispose()
    {
        Tiny.Dispose();
        _scope.Dispose();
        Directory.Delete(Folder, recursive: true);
    }
}
