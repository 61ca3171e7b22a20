using System.Reflection;
using Azure;
using LoraFunctions.Pipeline.Orchestration;
using LoraFunctions.Pipeline.Storage;
using Microsoft.DurableTask;

namespace LoraFunctions.Pipeline.Tests.Orchestration;

public sealed class RetriesTests
{
    [Theory]
    [InlineData(typeof(RequestFailedException), true)]
    [InlineData(typeof(IOException), true)]
    [InlineData(typeof(TaskCanceledException), true)]
    [InlineData(typeof(HttpRequestException), true)]
    [InlineData(typeof(InvalidDataException), false)]
    [InlineData(typeof(MissingBlobException), false)]
    [InlineData(typeof(ArgumentOutOfRangeException), false)]
    public void IsPassing_FaultsOfStorageAreTriedAgain_WrongInputIsNot(Type thrown, bool again) =>
        Retries.IsPassing(Failure(thrown, "x")).ShouldBe(again);

    /// <summary>netstandard.dll answers for the types that it forwards: two assemblies know the name.</summary>
    [Fact]
    public void IsPassing_AFacadeAnswersForTheTypeToo_IsDecidedAllTheSame()
    {
        Assembly.Load("netstandard").GetType(typeof(HttpRequestException).FullName!).ShouldBe(typeof(HttpRequestException));

        Retries.IsPassing(Failure(typeof(HttpRequestException), "x")).ShouldBeTrue();
        Should.Throw<AmbiguousMatchException>(() => Failure(typeof(HttpRequestException), "x").IsCausedBy(typeof(IOException)), "the engine's own look-up can be used again");
    }

    [Fact]
    public void IsPassing_AnExceptionThatNoAssemblyKnows_IsTriedAgain() =>
        Retries.IsPassing(new TaskFailureDetails("Some.Release.BeforeException", "x", null, null, null)).ShouldBeTrue();

    [Fact]
    public void Reason_OfSeveralProblems_IsOneLine() =>
        Failed(Failure(typeof(InvalidDataException), "comparisons.yaml:5: left: unknown.\r\ncomparisons.yaml:9: seeds: empty."))
            .Reason().ShouldBe("comparisons.yaml:5: left: unknown.; comparisons.yaml:9: seeds: empty.");

    [Fact]
    public void Reason_OfAnAnswerOfAzures_LeavesOutWhatIsForLogs() =>
        Failed(Failure(typeof(RequestFailedException), "The specified container does not exist.\nRequestId:aa32\nStatus: 404\n\nContent:\n<?xml?>"))
            .Reason().ShouldBe("The specified container does not exist.");

    [Fact]
    public void Reason_ThroughAnOrchestration_IsWhatTheActivitySaid()
    {
        var inner = Failure(typeof(IOException), "the disk is full");

        Failed(new TaskFailureDetails(typeof(TaskFailedException).FullName!, "Task 'x' failed: the disk is full", null, inner, null))
            .Reason().ShouldBe("the disk is full");
    }

    private static TaskFailureDetails Failure(Type type, string message) => new(type.FullName!, message, null, null, null);

    private static TaskFailedException Failed(TaskFailureDetails details) => new("PlanComparisons", 1, details);
}
