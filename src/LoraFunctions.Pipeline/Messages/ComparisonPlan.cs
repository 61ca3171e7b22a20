namespace LoraFunctions.Pipeline.Messages;

/// <summary>Result of <see cref="Activities.ActivityNames.PlanComparisons"/>.</summary>
/// <param name="LeftOut">Pairs that are asked for and cannot be rendered, with the reason.</param>
public sealed record ComparisonPlan(IReadOnlyList<PlannedComparison> Comparisons, IReadOnlyList<ReportedProblem> LeftOut);
