using System.Text.Json;
using LoraFunctions.Jobs;
using LoraFunctions.Pipeline;

namespace LoraFunctions.Worker.Handlers;

/// <summary>Reads job specs.</summary>
internal static class Specs
{
    /// <exception cref="NonRetriableJobException">It is no such spec, or one of a newer schema.</exception>
    public static T Read<T>(ReadOnlyMemory<byte> json, int knownVersion, Func<T, int> version)
    {
        try
        {
            T spec = ContractJson.Deserialize<T>(json.Span);
            return version(spec) >= 1 && version(spec) <= knownVersion
                ? spec
                : throw new NonRetriableJobException(
                    $"The job's spec has schema version {version(spec)}; this worker knows 1 to {knownVersion}. Bring worker and "
                        + "Functions app to one version.");
        }
        catch (JsonException exception)
        {
            throw new NonRetriableJobException($"The job's spec is no {typeof(T).Name}: {exception.Message}", exception);
        }
    }
}
