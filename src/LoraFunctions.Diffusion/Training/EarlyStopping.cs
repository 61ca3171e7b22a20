namespace LoraFunctions.Diffusion.Training;

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
