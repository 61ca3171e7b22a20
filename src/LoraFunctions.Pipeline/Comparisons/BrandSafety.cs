namespace LoraFunctions.Pipeline.Comparisons;

/// <summary><c>config/brand-safety.yaml</c>: what is never rendered, whatever else says so. Without the file nothing is named.</summary>
/// <param name="Makes">As slugs.</param>
/// <param name="Models">Model keys.</param>
/// <param name="Words">In names of cars and in prompts.</param>
internal sealed record BrandSafety(IReadOnlySet<string> Makes, IReadOnlySet<string> Models, BlockedWords Words)
{
    public static BrandSafety Empty { get; } = new(new HashSet<string>(), new HashSet<string>(), new BlockedWords([]));

    /// <exception cref="InvalidJobInputException">Something is wrong; every problem is in it.</exception>
    public static BrandSafety Read(string file, ReadOnlyMemory<byte> utf8)
    {
        var problems = new Problems();
        var root = YamlMap.Parse(file, utf8, problems);
        var never = root.Map("never_render");
        var makes = never?.Texts("makes") ?? [];
        var models = never?.Texts("models") ?? [];
        var words = never?.Texts("words") ?? [];
        never?.RefuseOthers();
        root.RefuseOthers();
        foreach (var model in models.Where(m => !ModelKeys.IsKey(m)))
        {
            never!.Problem("models", $"'{model}' is no model key: lower-case letters, digits and '-', e.g. '{ModelKeys.Slug(model)}'.");
        }

        problems.ThrowIfAny();
        return new BrandSafety(makes.Select(ModelKeys.Slug).ToHashSet(), models.ToHashSet(), new BlockedWords(words));
    }

    /// <summary>Why the model may not be rendered; null when it may.</summary>
    public string? Objection(string modelKey, string make, string displayName) =>
        Models.Contains(modelKey) ? $"{modelKey} is in never_render.models of brand-safety.yaml"
        : Makes.Contains(ModelKeys.Slug(make)) ? $"{make} is in never_render.makes of brand-safety.yaml"
        : Words.FindIn($"{make} {displayName}") is { } word ? $"'{displayName}' holds '{word}' of never_render.words in brand-safety.yaml"
        : null;

    /// <exception cref="InvalidJobInputException">A prompt or a scene holds a blocked word; all that do are named.</exception>
    public void ThrowIfBlocked(ComparisonsConfiguration configuration)
    {
        var problems = new Problems();
        foreach (var scene in configuration.Scenes)
        {
            Check($"scenes.{scene.Name}", scene.Prompt);
        }

        foreach (var (name, template) in configuration.Templates)
        {
            Check($"templates.{name}.prompt", template.Prompt);
            Check($"templates.{name}.car_prompt", template.CarPrompt);
        }

        problems.ThrowIfAny();

        void Check(string where, string text)
        {
            if (Words.FindIn(text) is { } word)
            {
                problems.Add($"{where} of comparisons.yaml holds '{word}' of never_render.words in brand-safety.yaml: \"{text}\". Take it out of one of them.");
            }
        }
    }
}
