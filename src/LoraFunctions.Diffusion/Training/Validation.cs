namespace LoraFunctions.Diffusion.Training;

/// <summary>A validation: mean loss over the held-out pictures at fixed timesteps and noise.</summary>
public sealed record TrainingValidation(long Step, int Epoch, double Loss);

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

/// <summary>
/// Whether validation losses say that a training overfits; a pure function of them. A single loss goes up and down with the weights of the
/// last steps, so means are compared, each over as many validations as the patience: it overfits when the last mean is clearly above the
/// lowest one and that is as many validations ago. A plateau, however long, does not stop it.
/// </summary>
internal static class EarlyStopping
{
    /// <returns>Null: go on; else why to stop.</returns>
    public static string? Reason(IReadOnlyList<TrainingValidation> validations, ValidationOptions options, int epochs)
    {
        var patience = options.PatienceFor(epochs);
        if (!options.StopEarly || validations.Count <= patience)
        {
            return null;
        }

        var (sum, mean) = (0.0, 0.0);
        var lowest = (Mean: double.PositiveInfinity, At: 0);
        for (var i = 0; i < validations.Count; i++)
        {
            sum += validations[i].Loss - (i < patience ? 0 : validations[i - patience].Loss);
            mean = sum / patience;
            if (i >= patience - 1 && mean < lowest.Mean)
            {
                lowest = (mean, i);
            }
        }

        return mean > lowest.Mean * (1 + options.Margin) && validations.Count - 1 - lowest.At >= patience
            ? FormattableString.Invariant($"the last {patience} validations have the mean loss {mean:g4}, more than {options.Margin:p0} above {lowest.Mean:g4}, the lowest so far")
            : null;
    }
}
