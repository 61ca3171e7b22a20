namespace LoraFunctions.Jobs.Labelling;

/// <summary>The names of what labelling reads and writes.</summary>
public static class LabelFiles
{
    /// <summary>Rows <c>img01.jpg,"Tesla Model Y, hidden door handles, black roof, side view, daylight"</c>, no header.</summary>
    public const string Metadata = "metadata.csv";

    /// <summary>Every photo's labels with their scores, JSON.</summary>
    public const string Labels = "labels.json";

    /// <summary>
    /// Rows as in <see cref="Metadata"/>, written by a person: the caption of a photo named here is taken as it is, however often labels
    /// are made.
    /// </summary>
    public const string Overrides = "metadata.overrides.csv";

    /// <summary>A page of every photo with its proposed words, where they can be changed.</summary>
    public const string Review = "label-review.html";
}
