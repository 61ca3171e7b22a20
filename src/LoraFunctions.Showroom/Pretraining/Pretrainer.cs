namespace LoraFunctions.Showroom.Pretraining;

/// <summary>
/// Makes the demo's models from drawn pictures, stage by stage: <c>vae</c>, <c>clip</c>, and the UNet at three sizes. Every stage goes on where
/// its last run ended, and leaves its part of the folders <c>base</c> and <c>clip</c>, sheets to look at and a line in <c>log.jsonl</c> every
/// 50 steps.
/// </summary>
public static class Pretrainer
{
    /// <summary>In the order in which they are trained.</summary>
    public static IReadOnlyList<string> Stages { get; } = [VaeStage.Name, ClipStage.Name, .. UnetSize.All.Select(size => size.Name)];

    /// <exception cref="ArgumentException">No such stage.</exception>
    /// <exception cref="InvalidOperationException">What the stage starts from is not there.</exception>
    public static PretrainingResult Run(
        string stage, PretrainingOptions options, IProgress<string>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        var run = new PretrainingRun(stage, options, progress);
        return stage switch
        {
            VaeStage.Name => new VaeStage(run).Train(cancellationToken),
            ClipStage.Name => new ClipStage(run).Train(cancellationToken),
            _ when UnetSize.All.FirstOrDefault(size => size.Name == stage) is { } size => new UnetStage(run, size).Train(cancellationToken),
            _ => throw new ArgumentException($"There is no stage '{stage}'; there are {string.Join(", ", Stages)}.", nameof(stage)),
        };
    }
}
