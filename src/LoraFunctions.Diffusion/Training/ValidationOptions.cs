namespace LoraFunctions.Diffusion.Training;

/// <summary>
/// Validation on held-out pictures, always with the same timesteps and noise, and what is concluded from it: the best weights win, and
/// training stops when the loss has clearly risen above the best for a while.
/// </summary>
public sealed record ValidationOptions
{
    public const int DefaultEveryEpochs = 1;
    public const int DefaultPatience = 5;
    public const double DefaultMargin = 0.01;

    public int EveryEpochs { get; init; } = DefaultEveryEpochs;

    /// <summary>Each held-out picture is looked at once per timestep.</summary>
    public IReadOnlyList<int> Timesteps { get; init; } = [100, 300, 500, 700];

    /// <summary>Stop early at all; the best weights are chosen either way.</summary>
    public bool StopEarly { get; init; } = true;

    /// <summary>Validations in a row above the best by more than the margin before training stops.</summary>
    public int Patience { get; init; } = DefaultPatience;

    /// <summary>Relative: 0.01 is one percent above the best. A plateau is not overfitting, so it does not stop.</summary>
    public double Margin { get; init; } = DefaultMargin;

    internal IEnumerable<string> Problems()
    {
        if (EveryEpochs < 1)
        {
            yield return $"Validation.EveryEpochs is {EveryEpochs}; it must be 1 or more.";
        }

        if (Timesteps.Count == 0 || Timesteps.Any(t => t is < 0 or > 999))
        {
            yield return $"Validation.Timesteps is [{string.Join(", ", Timesteps)}]; it must name at least one timestep from 0 to 999.";
        }

        if (Patience < 1)
        {
            yield return $"Validation.Patience is {Patience}; it must be 1 or more.";
        }

        if (Margin is not (>= 0 and < double.PositiveInfinity))
        {
            yield return FormattableString.Invariant($"Validation.Margin is {Margin}; it must be finite, 0 or more.");
        }
    }
}
