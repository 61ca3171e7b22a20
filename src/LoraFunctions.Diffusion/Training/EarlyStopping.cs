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

        var means = new double[validations.Count - patience + 1];
        for (var i = 0; i < means.Length; i++)
        {
            means[i] = validations.Skip(i).Take(patience).Average(v => v.Loss);
        }

        var lowest = means.Index().MinBy(m => m.Item);
        var isAbove = means[^1] > lowest.Item * (1 + options.Margin);
        return isAbove && means.Length - 1 - lowest.Index >= patience
            ? FormattableString.Invariant($"the last {patience} validations have the mean loss {means[^1]:g4}, more than {options.Margin:p0} above {lowest.Item:g4}, the lowest so far")
            : null;
    }
}
