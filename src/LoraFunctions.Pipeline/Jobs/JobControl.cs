using System.Text.Json.Serialization;
using LoraFunctions.Pipeline.Storage;

namespace LoraFunctions.Pipeline.Jobs;

/// <summary><c>jobs/{jobId}/control.json</c>: a person's word to a running training, in the form that training reads.</summary>
/// <param name="By">Who says it.</param>
internal sealed record JobControl(
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] bool? Stop,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] bool? Continue,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] double? LearningRate,
    string By,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Reason)
{
    public static JobControl StopIt(string by, string? reason) => new(true, null, null, by, reason);

    /// <summary>Writes it under the ETag of what is there.</summary>
    /// <param name="seen">ETag of what its author has seen, <c>*</c> for whatever is there; null: of what is there now.</param>
    /// <returns>The new ETag; null where another was faster.</returns>
    public async Task<string?> WriteAsync(BlobStore blobs, string jobId, string? seen, CancellationToken cancellationToken)
    {
        var name = BlobNames.JobControl(jobId);
        var there = await blobs.StatAsync(ContainerNames.Jobs, name, cancellationToken);
        if (seen is not null and not "*" && seen != (there?.ETag ?? None))
        {
            return null;
        }

        var content = System.Text.Encoding.UTF8.GetBytes(ContractJson.Serialize(this));
        return (await blobs.TryReplaceAsync(ContainerNames.Jobs, name, content, there, BlobHeaders.Json with { CacheControl = "no-cache" }, cancellationToken))?.ETag;
    }

    /// <summary>What stands for the ETag where nobody has said anything.</summary>
    public const string None = "none";
}
