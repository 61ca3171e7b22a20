namespace LoraFunctions.Pipeline.Tests.Replaying;

/// <summary>The demands on every orchestrator: deterministic on replay, and indifferent to the order in which answers come.</summary>
internal static class Replay
{
    private const int ShuffledRuns = 20;

    /// <summary>Replays after every single answer, as Durable Task does, and demands the calls of the record.</summary>
    public static void DemandSameCalls(string orchestrator, object input, OrchestratorRun recorded)
    {
        for (var answers = 0; answers <= recorded.Completed.Count; answers++)
        {
            var again = OrchestratorRun.Again(orchestrator, input, recorded, answers);
            var made = answers < recorded.Completed.Count ? recorded.CallsBefore[answers] : recorded.Calls.Count;
            again.Calls.ShouldBe(recorded.Calls.Take(made), $"after {answers} answers");
            if (answers == recorded.Completed.Count)
            {
                again.Output.ShouldBe(recorded.Output);
                again.Failure?.Message.ShouldBe(recorded.Failure?.Message);
            }
        }
    }

    /// <summary>Other orders of the answers: the same calls in the end, the same result; and each order is replayed, too.</summary>
    public static void DemandSameCallsInAnyOrder(string orchestrator, object input, string instanceId, Func<Call, DateTime, Answer> world)
    {
        var inOrder = OrchestratorRun.ToEnd(orchestrator, input, instanceId, world);
        DemandSameCalls(orchestrator, input, inOrder);
        for (var seed = 1; seed <= ShuffledRuns; seed++)
        {
            var shuffled = OrchestratorRun.ToEnd(orchestrator, input, instanceId, world, seed);
            shuffled.Calls.Select(Text).Order(StringComparer.Ordinal).ShouldBe(inOrder.Calls.Select(Text).Order(StringComparer.Ordinal));
            shuffled.Output.ShouldBe(inOrder.Output);
            DemandSameCalls(orchestrator, input, shuffled);
        }
    }

    private static string Text(Call call) => call.Kind == CallKind.Timer ? "timer" : call.ToString();
}
