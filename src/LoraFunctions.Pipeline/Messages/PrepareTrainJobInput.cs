namespace LoraFunctions.Pipeline.Messages;

/// <summary>Input of <see cref="Activities.ActivityNames.PrepareTrainJob"/>.</summary>
/// <param name="IdempotencyKey">Part of the job's name: another key trains again on the same inputs. Empty for the night.</param>
/// <param name="OnDemand">True: a person asked, so neither the minimum of photos nor an existing LoRA hold it back.</param>
public sealed record PrepareTrainJobInput(string ModelKey, string IdempotencyKey, bool OnDemand);
