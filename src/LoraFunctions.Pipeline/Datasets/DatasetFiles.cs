namespace LoraFunctions.Pipeline.Datasets;

/// <summary>The files of a data set beside its photos.</summary>
public static class DatasetFiles
{
    /// <summary>Rows <c>img01.jpg,"Tesla Model Y, hidden door handles, black roof, side view, daylight"</c>, no heading.</summary>
    public const string Metadata = "metadata.csv";

    public const string GateReport = "gate-report.json";

    /// <summary>A <see cref="DatasetManifest"/>.</summary>
    public const string Manifest = "dataset.json";
}
