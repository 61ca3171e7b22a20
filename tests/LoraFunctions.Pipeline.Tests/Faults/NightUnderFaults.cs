using System.Text.Json;
using LoraFunctions.Pipeline.Listings;
using LoraFunctions.Pipeline.Night;
using LoraFunctions.Pipeline.Orchestration;
using LoraFunctions.Pipeline.Storage;
using LoraFunctions.Pipeline.Tests.Replaying;
using LoraFunctions.Support;
using Microsoft.DurableTask;
using Microsoft.Extensions.DependencyInjection;

namespace LoraFunctions.Pipeline.Tests.Faults;

/// <summary>
/// The real orchestrators with the real activities on a stage's storage, one call after the other. Each activity is called until it succeeds, as the
/// engine does it, and meets the fault at another of its requests each time.
/// </summary>
internal sealed class NightUnderFaults(NightStage stage, FaultyTransport transport, Fault? fault)
{
    /// <summary>Every activity that asks the storage, by its name.</summary>
    public static IReadOnlyDictionary<string, Type> Activities { get; } = typeof(PlanNight).Assembly.GetTypes()
        .Where(t => !t.IsAbstract && t.IsAssignableTo(typeof(ITaskActivity)) && t != typeof(NotifyNight))
        .ToDictionary(t => t.Name);

    /// <summary>How often each activity met the fault.</summary>
    public Dictionary<string, int> Met { get; } = [];

    public NightOutcome Run()
    {
        // Only a person's training begins with it.
        Answer(new Call(CallKind.Activity, nameof(LookAtListing), ContractJson.Serialize("1001"), "train"), OrchestratorRun.Begin);
        var input = new NightInput(NightStage.Date, null, new NightSettings(1, 1, 1, TimeSpan.FromMinutes(30), TimeSpan.FromHours(1)));
        return OrchestratorRun.ToEnd(nameof(NightOrchestrator), input, InstanceIds.Night(NightStage.Date), Answer).Result<NightOutcome>();
    }

    private Answer Answer(Call call, DateTime now)
    {
        switch (call.Kind)
        {
            case CallKind.Orchestrator:
                var input = JsonSerializer.Deserialize(call.Input, OrchestratorRun.Orchestrator(call.Name).InputType, ContractJson.Options)!;
                var child = OrchestratorRun.ToEnd(call.Name, input, call.InstanceId, Answer, begin: now);
                return new Answer(child.Output ?? throw new InvalidOperationException($"{call.Name} failed", child.Failure), null);
            case CallKind.Event:
                stage.Worker.DoWhatIsThereAsync(CancellationToken.None).GetAwaiter().GetResult();
                return Replaying.Answer.Of(new ResultMessage(1, "any", call.InstanceId, call.Name));
            default:
                var before = transport.Met;
                var output = RunUntilItSucceedsAsync(call).GetAwaiter().GetResult();
                transport.Forget();
                Met[call.Name] = Met.GetValueOrDefault(call.Name) + transport.Met - before;
                return new Answer(output, null);
        }
    }

    private async Task<string> RunUntilItSucceedsAsync(Call call)
    {
        for (var passing = 0; ; passing++)
        {
            transport.Forget();
            if (fault is { } planned)
            {
                transport.On(planned == Fault.Late ? IsWrite : null, planned, passing, planned == Fault.Twice ? int.MaxValue : 1);
            }

            try
            {
                return fault == Fault.Late ? await RunBesideALateOneAsync(call) : await RunOnceAsync(call);
            }
            catch (Exception e) when (e is not ShouldAssertException)
            {
                IsPassing(e).ShouldBeTrue($"the engine would not try {call.Name} again after {e}");
            }
        }
    }

    /// <summary>The engine took a first run for lost and began another, which ends before the first one's request arrives.</summary>
    private async Task<string> RunBesideALateOneAsync(Call call)
    {
        var before = transport.Met;
        var late = RunOnceAsync(call);
        while (!late.IsCompleted && transport.Met == before)
        {
            await Task.Delay(1);
        }

        var output = await RunOnceAsync(call);
        transport.Release();
        try
        {
            await late;
        }
        catch (Exception e)
        {
            IsPassing(e).ShouldBeTrue($"{call.Name} was late: {e}");
        }

        return output;
    }

    private async Task<string> RunOnceAsync(Call call)
    {
        var activity = (ITaskActivity)ActivatorUtilities.CreateInstance(stage.Services, Activities[call.Name]);
        var output = await activity.RunAsync(new Context(call.Name, call.InstanceId), JsonSerializer.Deserialize(call.Input, activity.InputType, ContractJson.Options));
        return ContractJson.Serialize(output);
    }

    private static bool IsPassing(Exception exception) =>
        Retries.IsPassing(new TaskFailureDetails(exception.GetType().FullName!, exception.Message, null, null, null)) && StorageFaults.IsTransient(exception);

    private static bool IsWrite(string sent) => sent.StartsWith("PUT", StringComparison.Ordinal) || sent.StartsWith("POST", StringComparison.Ordinal);

    private sealed class Context(string name, string instanceId) : TaskActivityContext
    {
        public override TaskName Name => name;

        public override string InstanceId => instanceId;
    }
}
