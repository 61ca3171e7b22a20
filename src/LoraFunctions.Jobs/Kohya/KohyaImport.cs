
namespace LoraFunctions.Jobs.Kohya;

/// <summary>
/// kohya-ss/sd-scripts' and Akegarasu/lora-scripts' TOML to a training YAML. Every key of the TOML is taken over, or named with the reason
/// why not; where sd-scripts' default differs from ours, it is written out, so that what is trained stays the same.
/// </summary>
public static class KohyaImport
{
    /// <param name="files">At least one: a training's TOML, and its data set's if that is another file. Later ones go before earlier ones.</param>
    /// <exception cref="InvalidJobInputException">A file cannot be read or is no TOML, or captions that were asked for cannot be written.</exception>
    public static KohyaImportResult Import(IReadOnlyList<string> files, KohyaImportOptions? options = null)
    {
        options ??= new KohyaImportOptions();
        var settings = KohyaSettings.Read(files);
        var draft = new YamlDraft(Path.GetFullPath(options.YamlFolder ?? "."));
        settings.Warnings.ForEach(draft.Warn);
        var transfer = new KohyaTransfer(settings, draft, Path.GetFullPath(options.Root ?? "."), Path.GetFullPath(options.YamlFolder ?? "."));
        var (name, metadata) = KohyaMapping.Map(transfer, options.WriteCaptions);
        foreach (var setting in settings.All.Where(s => !draft.Names(s)))
        {
            if (settings.Asked.Contains(setting.Key))
            {
                draft.Fine(setting, setting.IsOff ? "as here" : "seen to with other keys");
            }
            else
            {
                Explain(setting, settings, draft);
            }
        }

        return new KohyaImportResult(draft.ToYaml(files.Select(Path.GetFileName).OfType<string>()), draft.Warnings, name, metadata);
    }

    private static void Explain(KohyaSetting setting, KohyaSettings settings, YamlDraft draft)
    {
        if (KohyaKeys.WithoutEffect.TryGetValue(setting.Key, out var reason))
        {
            draft.Fine(setting, reason);
        }
        else if (!KohyaKeys.NotSupported.TryGetValue(setting.Key, out var missing))
        {
            draft.Warn(setting, $"is not known.{NearestName.Hint(setting.Key, settings.Asked.Concat(KohyaKeys.WithoutEffect.Keys).Concat(KohyaKeys.NotSupported.Keys))}");
        }
        else if (KohyaKeys.IsAsHere(setting))
        {
            draft.Fine(setting, "as here");
        }
        else
        {
            draft.Warn(setting, $"has no counterpart: {missing}.");
        }
    }
}

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

/// <summary>An imported configuration.</summary>
/// <param name="Yaml">The training YAML, with the key each line comes from and, as comments, everything that was not taken over.</param>
/// <param name="Warnings">What makes the training differ from the other tool's; a line each, in the YAML too.</param>
/// <param name="Name">What the other tool would call the LoRA; null when it does not say.</param>
/// <param name="MetadataPath">The captions that were written; null when none were.</param>
public sealed record KohyaImportResult(string Yaml, IReadOnlyList<string> Warnings, string? Name, string? MetadataPath);
