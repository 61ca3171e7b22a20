namespace LoraFunctions.Pipeline.Messages;

/// <summary>Input of <see cref="Activities.ActivityNames.PlanComparisons"/>.</summary>
public sealed record PlanComparisonsInput(string Date);
