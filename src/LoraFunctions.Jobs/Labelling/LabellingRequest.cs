namespace LoraFunctions.Jobs.Labelling;

/// <summary>Caption one folder of photos of one car model by CLIP.</summary>
public sealed record LabellingRequest
{
    /// <summary>
    /// Every picture directly in it is labelled, in the order of the names. An optional <see cref="LabelFiles.Overrides"/> holds
    /// corrections by hand.
    /// </summary>
    public required string PhotosFolder { get; init; }

    /// <summary><c>labels.yaml</c>: groups of candidate words with their prompt templates.</summary>
    public required string LabelTable { get; init; }

    /// <summary>CLIP in HF layout: config.json, model.safetensors, vocab.json, merges.txt.</summary>
    public required string ClipFolder { get; init; }

    /// <summary>What captions begin with, e.g. <c>Tesla Model Y</c>.</summary>
    public required string DisplayName { get; init; }

    /// <summary>Key features CLIP is not asked for, e.g. <c>hidden door handles</c>; put into every caption after the name.</summary>
    public IReadOnlyList<string> Features { get; init; } = [];

    /// <summary>
    /// Gets <see cref="LabelFiles.Metadata"/> and <see cref="LabelFiles.Labels"/>; made when missing, may be the photos' folder.
    /// </summary>
    public required string OutputFolder { get; init; }

    /// <summary>
    /// Null: only the corrections beside the photos are learnt from. Else a file of earlier folders' corrections, which are learnt from too; it gets this
    /// folder's, and is made when missing.
    /// </summary>
    public string? CacheFile { get; init; }

    /// <summary>The file is not written, and one that was made with another CLIP teaches nothing: a night goes on without it.</summary>
    public bool CacheIsOnlyRead { get; init; }

    /// <summary>Null, or rows as in <see cref="LabelFiles.Metadata"/> that say what is true of photos.</summary>
    public string? TruthFile { get; init; }

    /// <summary>Also write <see cref="LabelFiles.Review"/>.</summary>
    public bool Review { get; init; }
}
