using System.Text.Json;
using LoraFunctions.Diffusion.Training;

namespace LoraFunctions.Jobs.Training;

/// <summary>
/// A person's word to a running training, JSON: <c>{"stop": false, "learningRate": 0.0001, "by": "name"}</c>. Looked at before every step;
/// read again only when it has changed. No file, or one that cannot be understood: as before.
/// </summary>
internal sealed class ControlFile(string path, Action<string> warn) : ILoraTrainerControl
{
    private static readonly JsonSerializerOptions s_json = new(JsonSerializerDefaults.Web);

    private (DateTime Written, long Length) _seen;
    private TrainingControl _said = TrainingControl.Continue;

    public TrainingControl Poll(string model)
    {
        try
        {
            var file = new FileInfo(path);
            if (!file.Exists || (file.LastWriteTimeUtc, file.Length) == _seen)
            {
                return _said;
            }

            _seen = (file.LastWriteTimeUtc, file.Length);
            var word = JsonSerializer.Deserialize<Word>(File.ReadAllText(path), s_json);
            if (word?.LearningRate is { } rate && (!double.IsFinite(rate) || rate <= 0 || rate > 1))
            {
                warn($"{path}: learningRate {rate} is out of range; give more than 0, up to 1. Nothing of the file is taken up.");
            }
            else if (word is not null)
            {
                _said = new TrainingControl(word.Stop, word.LearningRate, string.IsNullOrWhiteSpace(word.By) ? "control file" : word.By);
            }
        }
        catch (Exception exception) when (exception is JsonException or IOException or UnauthorizedAccessException)
        {
            warn(
                $"{path}: cannot be understood ({exception.Message}); give {{\"stop\": true, \"by\": \"name\"}} or {{\"learningRate\": "
                    + $"0.0001, \"by\": \"name\"}}. Nothing of it is taken up.");
        }

        return _said;
    }

    private sealed record Word(bool Stop, double? LearningRate, string? By);
}
