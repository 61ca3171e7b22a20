namespace LoraFunctions.Diffusion.Training;

/// <summary>
/// What validation losses say so far: which was the best, and whether the loss has risen clearly above it for long enough to call it
/// overfitting. Immutable; a pure function of the losses.
/// </summary>
internal sealed record OverfitWatch(double? BestLoss = null, long BestStep = 0, int Worse = 0)
{
    public OverfitWatch After(double loss, long step, ValidationOptions options) =>
        BestLoss is not { } best || loss < best ? new OverfitWatch(loss, step)
        : loss > best * (1 + options.Margin) ? this with { Worse = Worse + 1 }
        : this with { Worse = 0 };

    public bool ShouldStop(ValidationOptions options) => options.StopEarly && Worse >= options.Patience;
}
