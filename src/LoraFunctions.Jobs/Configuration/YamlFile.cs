using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace LoraFunctions.Jobs.Configuration;

/// <summary>Reads one YAML file into nodes that know their lines.</summary>
internal static class YamlFile
{
    /// <summary>A configuration of ours is a page long; more is some other file.</summary>
    public const int MaxBytes = 1024 * 1024;

    /// <summary>The mapping at the top of the file, or null after adding to <paramref name="problems"/>.</summary>
    public static YamlMappingNode? ReadMapping(string path, Problems problems)
    {
        string text;
        try
        {
            var info = new FileInfo(path);
            if (!info.Exists)
            {
                problems.Add($"{path}: there is no such file (looked for {Path.GetFullPath(path)}).");
                return null;
            }

            if (info.Length > MaxBytes)
            {
                problems.Add($"{path}: {info.Length} bytes are too many for a configuration; the limit is {MaxBytes}.");
                return null;
            }

            text = TextFile.Read(path);
        }
        catch (InvalidDataException exception)
        {
            problems.Add(exception.Message);
            return null;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            problems.Add($"{path}: cannot be read: {exception.Message}");
            return null;
        }

        var stream = new YamlStream();
        try
        {
            stream.Load(new StringReader(text));
        }
        catch (YamlException exception)
        {
            // The parser's End is where it stopped; Start may be where the whole value or mapping began.
            problems.Add(
                $"{path}:{Math.Max(exception.Start.Line, exception.End.Line)}: not valid YAML: "
                    + $"{FirstLine(exception.InnerException?.Message ?? exception.Message).TrimEnd('.')}. Write every line as 'key: value', "
                    + "with a space behind an ordinary colon, indented by spaces, not tabs.");
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

    public static YamlPlace PlaceOf(string file, YamlNode node) => new(file, node.Start.Line);

    private static string FirstLine(string message) => message.ReplaceLineEndings("\n").Split('\n')[0];
}
