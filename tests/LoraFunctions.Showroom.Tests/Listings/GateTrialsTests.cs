using Shouldly;
using Xunit;

namespace LoraFunctions.Showroom.Tests.Listings;

/// <summary>A part of what the benchmark "gate" measures, against the same bars.</summary>
public sealed class GateTrialsTests
{
    [Fact]
    public void Judge_SmearedMovedAndSharp_AreToldApart()
    {
        BlurTrial[] trials = [.. GateTrials.Blur(6)];

        var missed = trials.Where(trial => trial.Blurred && !trial.Found).ToArray();
        missed.Length.ShouldBeLessThanOrEqualTo((int)(0.05 * trials.Count(trial => trial.Blurred)), string.Join("; ", missed.Select(m => $"{m.Kind}: {m.Verdict.Sentence}")));
        trials.Where(trial => !trial.Blurred && !trial.Verdict.Accepted).ShouldBeEmpty();
    }

    [Fact]
    public void AgreementWith_CopiesAndOtherShots_AreToldApart()
    {
        CopyTrial[] trials = [.. GateTrials.Copies(12)];

        trials.Where(trial => !trial.SameShot && trial.Found).ShouldBeEmpty();
        trials.Where(trial => trial.SameShot && !trial.Found).Count().ShouldBeLessThanOrEqualTo((int)(0.05 * trials.Count(trial => trial.SameShot)));
    }
}
