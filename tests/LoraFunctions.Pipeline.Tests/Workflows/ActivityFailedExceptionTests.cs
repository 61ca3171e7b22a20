using LoraFunctions.Pipeline.Workflows;
using Shouldly;
using Xunit;

namespace LoraFunctions.Pipeline.Tests.Workflows;

public sealed class ActivityFailedExceptionTests
{
    [Fact]
    public void Reason_OfSeveralProblems_IsOneLine() =>
        new ActivityFailedException("PlanComparisons", "comparisons.yaml:5: left: unknown.\r\ncomparisons.yaml:9: seeds: empty.")
            .Reason.ShouldBe("comparisons.yaml:5: left: unknown.; comparisons.yaml:9: seeds: empty.");

    [Fact]
    public void Reason_OfAnAnswerOfAzures_LeavesOutWhatIsForLogs()
    {
        var failure = new ActivityFailedException("PlanNight", "The specified container does not exist.\nRequestId:aa32\nTime:2026-01-01\nStatus: 404\n\nContent:\n<?xml?>");

        failure.Reason.ShouldBe("The specified container does not exist.");
        failure.Message.ShouldBe("PlanNight failed: The specified container does not exist.");
    }
}
