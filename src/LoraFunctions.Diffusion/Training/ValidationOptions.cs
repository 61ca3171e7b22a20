namespace LoraFunctions.Diffusion.Training;

/// <summary>
/// Validation on held-out pictures, always with the same timesteps and noise, and what is concluded from it: the best weights win, and
/// training stops when the loss has clearly risen above the best for a while.
/// </summary>
public sealed record ValidationOptions
{
    public const int DefaultEveryEpochs = 1;
    public const int LeastDefaultPatience = 5;
    public const double DefaultMargin = 0.02;

    public int EveryEpochs { get; init; } = DefaultEveryEpochs;

    /// <summary>Each held-out picture is looked at once per timestep.</summary>
    public IReadOnlyList<int> Timesteps { get; init; } = [100, 300, 500, 700];

    /// <summary>Stop early at all; the best weights are chosen either way.</summary>
    public bool StopEarly { get; init; } = true;

    /// <summary>Validations over which a mean is taken, and how long ago the lowest mean must be; null: a tenth of all, 5 at least.</summary>
    public int? Patience { get; init; }

    /// <summary>Relative: 0.02 is two percent above the lowest mean.</summary>
    public double Margin { get; init; } = DefaultMargin;

    internal int PatienceFor(int epochs) => Patience ?? Math.Max(LeastDefaultPatience, epochs / EveryEpochs / 10);

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
