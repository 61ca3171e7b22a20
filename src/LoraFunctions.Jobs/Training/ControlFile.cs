using System.Text.Json;
using LoraFunctions.Diffusion.Training;

namespace LoraFunctions.Jobs.Training;

/// <summary>
/// A person's word to a running training, JSON: <c>{"stop": true, "by": "name"}</c>, <c>{"continue": true, "by": "name"}</c> or
/// <c>{"learningRate": 0.0001, "by": "name"}</c>. Looked at before every step; read again only when it has changed. No file, or one that
/// cannot be understood: as before.
/// </summary>
internal sealed class ControlFile(string path, Action<string> warn)
{
    private const string Forms =
        """Give {"stop": true, "by": "name"}, {"continue": true, "by": "name"} or {"learningRate": 0.0001, "by": "name"}.""";

    private const string Anonymous = "control file";

    private static readonly string[] Keys = ["stop", "continue", "learningRate", "by", "reason"];

    private (DateTime Written, long Length) _seen;
    private TrainingControl _said = TrainingControl.Continue;

    public TrainingControl Read()
    {
        try
        {
            var file = new FileInfo(path);
            if (!file.Exists || (file.LastWriteTimeUtc, file.Length) == _seen)
            {
                return _said;
            }

            _seen = (file.LastWriteTimeUtc, file.Length);
            _said = Parse(File.ReadAllText(path));
        }
        catch (Exception exception) when (exception is JsonException or FormatException or IOException or UnauthorizedAccessException)
        {
            warn($"{path}: nothing of it is taken up: {exception.Message} {Forms}");
        }

        return _said;
    }

    /// <summary>A word that was said to an earlier training in the same folder would end this one before its first step.</summary>
    /// <exception cref="InvalidJobInputException">There is such a word.</exception>
    public void ThrowIfStoppedBefore()
    {
        if (Read().Stop)
        {
            throw new InvalidJobInputException($"{path} says stop, and nothing is trained yet; remove it to begin.");
        }
    }

    /// <exception cref="JsonException">The text is no JSON.</exception>
    /// <exception cref="FormatException">It says nothing that is known here.</exception>
    private static TrainingControl Parse(string text)
    {
        using var json = JsonDocument.Parse(text);
        if (json.RootElement.ValueKind != JsonValueKind.Object)
        {
            throw new FormatException("it is no JSON object.");
        }

        var (stop, goOn, rate, by, reason) = ((bool?)null, false, (double?)null, Anonymous, Anonymous);
        foreach (var (name, value) in json.RootElement.EnumerateObject().Select(p => (p.Name, p.Value)))
        {
            switch (Keys.FirstOrDefault(k => IsSame(k, name)))
            {
                case "stop":
                    stop = Flag(name, value);
                    break;
                case "continue":
                    goOn = Flag(name, value);
                    break;
                case "learningRate":
                    rate = Rate(name, value);
                    break;
                case "by":
                    by = Name(value);
                    break;
                case "reason":
                    reason = Name(value);
                    break;
                default:
                    throw new FormatException($"{name}: there is no such key.{NearestName.Hint(name, Keys)}");
            }
        }

        if (goOn && stop == true)
        {
            throw new FormatException("stop and continue are both there.");
        }

        by = reason == Anonymous ? by : $"{by}: {reason}";
        return new TrainingControl(stop == true, rate, by, IsGoOn: goOn || (stop == false && rate is null));
    }

    // learning_rate as in the YAML will do.
    private static bool IsSame(string key, string name) =>
        string.Equals(key, name.Replace("_", "", StringComparison.Ordinal), StringComparison.OrdinalIgnoreCase);

    private static bool Flag(string name, JsonElement value) =>
        value.ValueKind is JsonValueKind.True or JsonValueKind.False
            ? value.GetBoolean()
            : throw new FormatException($"{name}: {value.GetRawText()} is neither true nor false.");

    private static double? Rate(string name, JsonElement value) =>
        value.ValueKind == JsonValueKind.Null ? null
        : value.ValueKind == JsonValueKind.Number && value.GetDouble() is > 0 and <= 1 and var rate ? rate
        : throw new FormatException($"{name}: {value.GetRawText()} is out of range, which is more than 0, up to 1.");

    private static string Name(JsonElement value) =>
        value.ValueKind == JsonValueKind.String && !string.IsNullOrWhiteSpace(value.GetString()) ? value.GetString()!.Trim() : Anonymous;
}
