namespace LoraFunctions.Pipeline.Comparisons;

/// <summary><c>config/brand-safety.yaml</c>: what is never rendered, whatever else says so. Without the file nothing is named.</summary>
/// <param name="Makes">As slugs.</param>
/// <param name="Models">Model keys.</param>
internal sealed record BrandSafety(IReadOnlySet<string> Makes, IReadOnlySet<string> Models)
{
    public static BrandSafety Empty { get; } = new(new HashSet<string>(), new HashSet<string>());

    /// <exception cref="InvalidJobInputException">Something is wrong; every problem is in it.</exception>
    public static BrandSafety Read(string file, ReadOnlyMemory<byte> utf8)
    {
        var problems = new Problems();
        var root = YamlMap.Parse(file, utf8, problems);
        var never = root.Map("never_render");
        var makes = never?.Texts("makes") ?? [];
        var models = never?.Texts("models") ?? [];
        never?.RefuseOthers();
        root.RefuseOthers();
        foreach (var model in models.Where(m => !ModelKeys.IsKey(m)))
        {
            never!.Problem("models", $"'{model}' is no model key: lower-case letters, digits and '-', e.g. '{ModelKeys.Slug(model)}'.");
        }

        problems.ThrowIfAny();
        return new BrandSafety(makes.Select(ModelKeys.Slug).ToHashSet(), models.ToHashSet());
    }

    /// <summary>Why the model may not be rendered; null when it may.</summary>
    public string? Objection(string modelKey, string make) =>
        Models.Contains(modelKey) ? $"{modelKey} is in never_render.models of brand-safety.yaml"
        : Makes.Contains(ModelKeys.Slug(make)) ? $"{make} is in never_render.makes of brand-safety.yaml"
        : null;
}
