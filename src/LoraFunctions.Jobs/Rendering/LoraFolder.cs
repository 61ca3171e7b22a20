using LoraFunctions.Diffusion.Prompts;

namespace LoraFunctions.Jobs.Rendering;

/// <summary>A folder in which prompts' LoRAs are found by their files' names without ending, as WebUI does; in folders below it too.</summary>
public static class LoraFolder
{
    private const string Ending = ".safetensors";

    /// <summary>Of a folder's LoRAs, how many a message names.</summary>
    private const int MostNamed = 10;

    /// <summary>The given LoRAs, and those of the folder that prompts name beside them; a name that is nowhere is a problem.</summary>
    /// <param name="folder">Null: there is none.</param>
    /// <returns>And the names that need no other complaint.</returns>
    internal static (IReadOnlyList<NamedLora> Loras, IReadOnlyList<string> Names) Complete(
        IReadOnlyList<NamedLora> given, string? folder, IEnumerable<string> prompts, Problems problems)
    {
        var names = given.Select(l => l.Name).ToList();
        if (folder is null)
        {
            return (given, names);
        }

        string[] missing = [.. prompts.SelectMany(p => PromptTags.Extract(p).Loras).Select(l => l.Name).Distinct(StringComparer.Ordinal).Except(names)];
        return ([.. given, .. missing.Select(name => (Name: name, Path: Find(folder, name, problems))).Where(l => l.Path is not null).Select(l => new NamedLora(l.Name, l.Path!))],
            [.. names, .. missing]);
    }

    /// <summary>The file of a LoRA by its name, or null after adding to <paramref name="problems"/>.</summary>
    public static string? Find(string folder, string name, Problems problems)
    {
        if (!Directory.Exists(folder))
        {
            problems.Add($"There is no folder of LoRAs at {folder}; looked for {Path.GetFullPath(folder)}.");
            return null;
        }

        var files = Directory.EnumerateFiles(folder, "*" + Ending, SearchOption.AllDirectories).Order(StringComparer.Ordinal)
            .ToLookup(f => Path.GetFileNameWithoutExtension(f), StringComparer.Ordinal);
        switch (files[name].ToList())
        {
            case [var one]:
                return one;
            case []:
                var known = files.Select(f => f.Key).ToList();
                var holds = known.Count == 0 ? "It holds no LoRA."
                    : $"It holds {string.Join(", ", known.Take(MostNamed))}{(known.Count > MostNamed ? $" and {known.Count - MostNamed} more" : "")}.";
                problems.Add($"There is no LoRA '{name}' in {folder}: no file {name}{Ending} there or below.{NearestName.Hint(name, known)} {holds}");
                return null;
            case var several:
                problems.Add($"'{name}' could be any of {string.Join(", ", several)}; give one by its path.");
                return null;
        }
    }
}
