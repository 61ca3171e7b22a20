using System.Text;
using System.Text.Json;

namespace LoraFunctions.Diffusion.Checkpoints;

/// <summary>Reads the small JSON files around weights.</summary>
internal static class JsonFile
{
    private const long Largest = 64L << 20;

    /// <exception cref="CheckpointException">Missing, unreadable, or no JSON.</exception>
    public static JsonElement Read(string path)
    {
        try
        {
            var info = new FileInfo(path);
            if (info.Exists && info.Length > Largest)
            {
                throw new CheckpointException($"{path}: has {info.Length} bytes; the limit for a configuration is {Largest}.");
            }

            var bytes = File.ReadAllBytes(path).AsSpan();
            if (FileSignature.NotText(bytes, bytes.Length) is { } kind)
            {
                throw new CheckpointException($"{path}: is no JSON but {kind}.");
            }

            var reader = new Utf8JsonReader(bytes.StartsWith(Encoding.UTF8.Preamble) ? bytes[Encoding.UTF8.Preamble.Length..] : bytes);
            using var document = JsonDocument.ParseValue(ref reader);
            return document.RootElement.Clone();
        }
        catch (JsonException fault)
        {
            throw new CheckpointException($"{path}: is no valid JSON ({fault.Message.ReplaceLineEndings(" ")})", fault);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw new CheckpointException(
                File.Exists(path) ? $"{path}: cannot be read ({fault.Message})." : $"{path}: there is no such file.", fault);
        }
    }
}
