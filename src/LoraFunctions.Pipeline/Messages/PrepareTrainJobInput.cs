using System.Text.Json.Serialization;

namespace LoraFunctions.Pipeline.Messages;

/// <summary>Input of <see cref="Activities.ActivityNames.PrepareTrainJob"/>.</summary>
/// <param name="Night">The night's date; null when a person asked.</param>
/// <param name="IdempotencyKey">Part of the job's name: another key trains again on the same inputs. Empty for the night.</param>
public sealed record PrepareTrainJobInput(string ModelKey, string? Night, string IdempotencyKey)
{
    /// <summary>A person asked, so neither the minimum of photos nor an existing LoRA hold it back.</summary>
    [JsonIgnore]
    public bool OnDemand => Night is null;
}
