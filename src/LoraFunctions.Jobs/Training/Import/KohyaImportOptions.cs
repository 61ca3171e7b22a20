namespace LoraFunctions.Jobs.Training.Import;

/// <summary>What a TOML does not say about itself.</summary>
public sealed record KohyaImportOptions
{
    /// <summary>The folder the other tool was started in, where its relative paths begin; null: the current folder.</summary>
    public string? Root { get; init; }

    /// <summary>The folder the YAML will lie in, where its relative paths begin; null: the current folder.</summary>
    public string? YamlFolder { get; init; }

    /// <summary>Write <c>metadata.csv</c> from the caption files beside the photos.</summary>
    public bool WriteCaptions { get; init; }
}
