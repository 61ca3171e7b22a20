using LoraFunctions.Pipeline.Jobs;
using LoraFunctions.Pipeline.Night;

namespace LoraFunctions.Pipeline.Comparisons;

/// <summary>Input of <see cref="PlanComparisons"/>.</summary>
/// <param name="Awaited">Car models that are to be trained tonight: they count as if they had their LoRA.</param>
public sealed record PlanComparisonsInput(IReadOnlyList<string> Awaited);

/// <summary>A pair of car models that is to be rendered, by their keys.</summary>
/// <param name="Scenes">Names.</param>
/// <param name="Seeds">Null: those of the configuration.</param>
public sealed record ChosenPair(string Left, string Right, IReadOnlyList<string> Scenes, string Template, IReadOnlyList<long>? Seeds = null);

/// <summary>Result of <see cref="PlanComparisons"/>.</summary>
/// <param name="LeftOut">Pairs that are asked for and cannot be rendered, with the reason.</param>
public sealed record ComparisonPlan(IReadOnlyList<ChosenPair> Pairs, IReadOnlyList<ReportedProblem> LeftOut);

/// <summary>One scene of a pair, as <see cref="PrepareRenderJobs"/> gives it.</summary>
public sealed record PreparedComparison(string Scene, PreparedJob Job);

/// <summary>One pair in one scene after the night. Where it could not even be asked for, there is no job and no scene.</summary>
public sealed record ComparisonOutcome(string Left, string Right, string Scene, string JobId, JobOutcomeStatus Status, string? Reason)
{
    public static ComparisonOutcome NotAskedFor(ChosenPair pair, string reason) =>
        new(pair.Left, pair.Right, string.Join(", ", pair.Scenes), "", JobOutcomeStatus.Failed, reason);
}
