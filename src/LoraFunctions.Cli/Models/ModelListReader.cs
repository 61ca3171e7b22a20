using YamlDotNet.RepresentationModel;

namespace LoraFunctions.Cli.Models;

/// <summary>
/// Reads the list <c>lora models pull</c> works from: YAML, <c>files:</c> with <c>path</c>, <c>url</c> and <c>sha256</c> each.
/// </summary>
internal static class ModelListReader
{
    private static readonly string[] Keys = ["path", "url", "sha256"];

    /// <exception cref="Jobs.InvalidJobInputException">Anything is wrong; each problem with file, line and key.</exception>
    public static IReadOnlyList<ModelDownload> Read(string file)
    {
        var problems = new Problems();
        var top = YamlFile.ReadMapping(file, problems);
        problems.ThrowIfAny();

        var downloads = new List<ModelDownload>();
        foreach (var (key, value) in top!)
        {
            if (key is not YamlScalarNode { Value: "files" })
            {
                problems.Add(YamlFile.PlaceOf(file, key), key.ToString(), "there is no such key; there is only files.");
            }
            else if (value is YamlSequenceNode { Children.Count: > 0 } list)
            {
                downloads.AddRange(list.Select(node => ReadEntry(file, node, problems)).OfType<ModelDownload>());
            }
        }

        if (downloads.Count == 0 && problems.Count == 0)
        {
            problems.Add($"{file}: files: is missing or empty; list at least one entry with {string.Join(", ", Keys)}.");
        }

        foreach (var twice in downloads.GroupBy(d => d.Path, StringComparer.Ordinal).Where(g => g.Count() > 1))
        {
            problems.Add($"{file}: files.path: '{twice.Key}' stands there {twice.Count()} times.");
        }

        problems.ThrowIfAny();
        return downloads;
    }

    private static ModelDownload? ReadEntry(string file, YamlNode node, Problems problems)
    {
        var before = problems.Count;
        var texts = Keys.ToDictionary(k => k, _ => (Text: "", Place: YamlFile.PlaceOf(file, node)), StringComparer.Ordinal);
        foreach (var (key, value) in node as YamlMappingNode ?? [])
        {
            var name = key.ToString();
            if (texts.ContainsKey(name))
            {
                texts[name] = ((value as YamlScalarNode)?.Value?.Trim() ?? "", YamlFile.PlaceOf(file, value));
            }
            else
            {
                problems.Add(
                    YamlFile.PlaceOf(file, key),
                    "files." + name,
                    $"there is no such key; there are {string.Join(", ", Keys)}.{NearestName.Hint(name, Keys)}");
            }
        }

        var (path, url, sha256) = (texts["path"], texts["url"], texts["sha256"]);
        if (path.Text.Length == 0 || Path.IsPathRooted(path.Text) || path.Text.Split('/', '\\').Contains("..", StringComparer.Ordinal))
        {
            problems.Add(path.Place, "files.path", $"'{path.Text}' is no path below the output folder.");
        }

        if (
            !Uri.TryCreate(url.Text, UriKind.Absolute, out var address)
            || (address.Scheme != Uri.UriSchemeHttps && address.Scheme != Uri.UriSchemeHttp))
        {
            problems.Add(url.Place, "files.url", $"'{url.Text}' is no http or https address.");
        }

        if (sha256.Text.Length != 64 || !sha256.Text.All(char.IsAsciiHexDigit))
        {
            problems.Add(sha256.Place, "files.sha256", $"'{sha256.Text}' is no SHA-256; it has 64 hex digits.");
        }

        return problems.Count > before ? null : new ModelDownload(path.Text, address!, sha256.Text.ToLowerInvariant());
    }
}
