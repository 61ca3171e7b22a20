using YamlDotNet.Core;
using YamlDotNet.Core.Events;
using YamlDotNet.RepresentationModel;

namespace LoraFunctions.Contracts;

/// <summary>Where in which file a value stands, to be named in a problem.</summary>
public readonly record struct YamlPlace(string File, long Line)
{
    public override string ToString() => $"{File}:{Line}";
}

/// <summary>Reads one YAML file into nodes that know their lines.</summary>
public static class YamlFile
{
    /// <summary>A configuration of ours is a page long; more is some other file.</summary>
    public const int MaxBytes = 1024 * 1024;

    private const int MaxDepth = 32;

    /// <summary>The mapping at the top of the file, or null after adding to <paramref name="problems"/>.</summary>
    public static YamlMappingNode? ReadMapping(string path, Problems problems)
    {
        try
        {
            var info = new FileInfo(path);
            if (!info.Exists)
            {
                problems.Add($"{path}: there is no such file (looked for {Path.GetFullPath(path)}).");
                return null;
            }

            return IsTooLong(path, info.Length, problems) ? null : Parse(path, File.ReadAllBytes(path), problems);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            problems.Add($"{path}: cannot be read: {exception.Message}");
            return null;
        }
    }

    /// <summary>The same of a text that is at hand.</summary>
    /// <param name="name">For messages.</param>
    public static YamlMappingNode? ParseMapping(string name, ReadOnlySpan<byte> bytes, Problems problems) =>
        IsTooLong(name, bytes.Length, problems) ? null : Parse(name, bytes, problems);

    public static YamlPlace PlaceOf(string file, YamlNode node) => new(file, node.Start.Line);

    private static YamlMappingNode? Parse(string path, ReadOnlySpan<byte> bytes, Problems problems)
    {
        string text;
        try
        {
            text = TextFile.Decode(path, bytes);
        }
        catch (InvalidDataException exception)
        {
            problems.Add(exception.Message);
            return null;
        }

        var stream = new YamlStream();
        try
        {
            if (Refusal(text) is var (line, why))
            {
                problems.Add($"{path}:{line}: {why}");
                return null;
            }

            stream.Load(new StringReader(text));
        }
        catch (Exception exception) when (exception is not OutOfMemoryException)
        {
            // The parser's End is where it stopped; Start may be where the whole value or mapping began. On text that is damaged in rare ways it
            // throws what comes to it, without a place.
            var reason = FirstLine(exception.InnerException?.Message ?? exception.Message).TrimEnd('.');
            var at = exception is YamlException yaml ? $":{Math.Max(yaml.Start.Line, yaml.End.Line)}" : "";
            problems.Add(
                $"{path}{at}: not valid YAML: {reason}. "
                    + (reason.Contains("escape", StringComparison.OrdinalIgnoreCase)
                        ? TextFile.BackslashAdvice
                        : "Write every line as 'key: value', with a space behind an ordinary colon, indented by spaces, not tabs."));
            return null;
        }

        switch (stream.Documents.Count)
        {
            case 0:
                return [];
            case 1 when stream.Documents[0].RootNode is YamlMappingNode mapping:
                return mapping;
            case 1:
                problems.Add($"{path}:{stream.Documents[0].RootNode.Start.Line}: expected 'key: value' lines at the top.");
                return null;
            default:
                problems.Add(
                    $"{path}:{stream.Documents[1].RootNode.Start.Line}: a second document begins here; one file holds one ('---' only at "
                        + "the top).");
                return null;
        }
    }

    /// <summary>
    /// What would take the reader's stack or time: brackets without end are one call each, and values that stand for others which stand for others
    /// are as many as somebody likes.
    /// </summary>
    private static (long Line, string Why)? Refusal(string text)
    {
        var parser = new Parser(new StringReader(text));
        var depth = 0;
        while (parser.MoveNext())
        {
            switch (parser.Current)
            {
                case AnchorAlias alias:
                    return (alias.Start.Line, $"'*{alias.Value}' stands for a value elsewhere, which is not looked up; write the value itself.");
                case MappingStart or SequenceStart when ++depth > MaxDepth:
                    return (parser.Current.Start.Line, $"values lie more than {MaxDepth} deep in one another; a configuration has three or four levels.");
                case MappingEnd or SequenceEnd:
                    depth--;
                    break;
            }
        }

        return null;
    }

    private static bool IsTooLong(string path, long length, Problems problems)
    {
        if (length <= MaxBytes)
        {
            return false;
        }

        problems.Add($"{path}: {length} bytes are too many for a configuration; the limit is {MaxBytes}.");
        return true;
    }

    private static string FirstLine(string message) => message.ReplaceLineEndings("\n").Split('\n')[0];
}
