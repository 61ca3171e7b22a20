using LoraFunctions.Diffusion.Lora;
using static TorchSharp.torch;

namespace LoraFunctions.Diffusion.Training;

/// <summary>One model to train. Everything stays the caller's.</summary>
public sealed record LoraTrainingRun
{
    /// <summary>For messages.</summary>
    public required string Name { get; init; }

    public required LoraTrainingOptions Options { get; init; }

    public required IReadOnlyList<TrainingExample> Examples { get; init; }

    /// <summary>Held-out pictures; empty: no validation.</summary>
    public IReadOnlyList<TrainingExample> HeldOut { get; init; } = [];

    /// <summary>Weights to begin with, of the layers, ranks and alphas that the options ask for; null: down Kaiming-uniform, up zero.</summary>
    public LoraWeights? Start { get; init; }

    /// <summary>Of <see cref="Start"/>: a checkpoint made from others is not resumed. Empty without.</summary>
    public string StartDigest { get; init; } = "";

    /// <summary>Digest of every picture with its caption, by name, held-out ones too: a checkpoint made from others says which they are. Empty: not told.</summary>
    public IReadOnlyDictionary<string, string> Pictures { get; init; } = new Dictionary<string, string>(StringComparer.Ordinal);

    /// <summary>
    /// What else decides the result, such as the base model's digest, by what a person calls it: a checkpoint made from others is not resumed.
    /// </summary>
    public IReadOnlyDictionary<string, string> Inputs { get; init; } = new Dictionary<string, string>(StringComparer.Ordinal);

    /// <summary>What a person calls the options, where it is not <c>Rank</c> or <c>Validation.StopEarly</c>; for messages.</summary>
    public IReadOnlyDictionary<string, string> OptionNames { get; init; } = new Dictionary<string, string>(StringComparer.Ordinal);
}

/// <summary>One picture with its caption. The tensors stay the caller's.</summary>
public sealed record TrainingExample
{
    /// <summary>The picture's file name, for messages.</summary>
    public required string Name { get; init; }

    public required string Caption { get; init; }

    public required LatentDistribution Latents { get; init; }

    /// <summary>The mirrored picture's; where given, each time a coin decides. Null (default): never mirrored, cars have text and sides.</summary>
    public LatentDistribution? Mirrored { get; init; }

    /// <summary>Times the picture is seen in an epoch.</summary>
    public int Repeats { get; init; } = 1;
}

/// <summary>
/// A picture as the VAE's encoder sees it, before sampling and scaling: mean and log variance, [4, H/8, W/8] in fp32 on the CPU. Kept
/// instead of one sample, so that every step draws its own.
/// </summary>
public sealed record LatentDistribution(Tensor Mean, Tensor LogVariance)
{
    public (long Height, long Width) Size => (Mean.shape[^2], Mean.shape[^1]);

    /// <summary>mean + exp(logvar / 2) * noise, logvar clamped as in CompVis' code.</summary>
    internal Tensor Sample(Tensor noise) => Mean.Plus(LogVariance.Clamped(-30, 20).Times(0.5).exp_().mul_(noise));
}
