namespace LoraFunctions.Pipeline.Messages;

/// <summary>Input of <see cref="Activities.ActivityNames.PlanNight"/>.</summary>
public sealed record PlanNightInput(string Date);
