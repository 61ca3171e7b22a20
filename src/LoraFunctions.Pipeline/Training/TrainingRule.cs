using LoraFunctions.Imaging.Gate;
using LoraFunctions.Pipeline.Datasets;

namespace LoraFunctions.Pipeline.Training;

/// <summary>When a car model is trained: a pure function of what there is.</summary>
internal static class TrainingRule
{
    /// <param name="trained">The data set its LoRA was trained on; null when it has no LoRA.</param>
    /// <param name="night">The date of the night that trained it; null when a person asked, or it has no LoRA.</param>
    /// <param name="baseModelChanged">The LoRA does not fit the base model of the night any more.</param>
    /// <param name="onDemand">A person asked: neither the minimum nor an existing LoRA hold it back.</param>
    /// <returns>And what is missing, in words.</returns>
    public static (TrainingDue Due, string? Reason) Decide(
        DatasetManifest dataset,
        DatasetManifest? trained,
        string? night,
        bool baseModelChanged,
        int minPhotos,
        int retrainAfterNewPhotos,
        bool onDemand,
        double minViewShare = PhotoSet.DefaultMinViewShare)
    {
        var photos = dataset.Photos.Count;
        if (!dataset.Released)
        {
            return (TrainingDue.NotYet, $"{dataset.DisplayName} is not released (the newest listing's vehicle.json says so): concept cars are neither trained nor rendered");
        }

        if (photos == 0)
        {
            return (TrainingDue.NotYet, "it has no photo that passed the gate");
        }

        if (onDemand)
        {
            return (TrainingDue.Now, null);
        }

        if (PhotoSet.Missing([.. dataset.Photos.Select(p => p.Caption)], minPhotos, minViewShare) is { Count: > 0 } missing)
        {
            return (TrainingDue.NotYet, string.Join("; ", missing));
        }

        if (trained is null || baseModelChanged)
        {
            return (TrainingDue.Now, null);
        }

        var known = trained.Photos.Select(p => p.PixelDigest).ToHashSet();
        var added = dataset.Photos.Count(p => !known.Contains(p.PixelDigest));
        return added >= retrainAfterNewPhotos
            ? (TrainingDue.Now, null)
            : (TrainingDue.UpToDate, $"{added} new photos since its LoRA{(night is null ? "" : $" of the night of {night}")}; it is trained again from {retrainAfterNewPhotos} on");
    }
}
