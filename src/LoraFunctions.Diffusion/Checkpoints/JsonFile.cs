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

            using var document = JsonDocument.Parse(File.ReadAllBytes(path));
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
