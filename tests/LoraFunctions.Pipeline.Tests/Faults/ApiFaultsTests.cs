using LoraFunctions.Pipeline.Api;
using LoraFunctions.Pipeline.Night;
using LoraFunctions.Pipeline.Storage;
using LoraFunctions.Support;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;
using NSubstitute;

namespace LoraFunctions.Pipeline.Tests.Faults;

/// <summary>
/// Every handler of the API under faults of the storage and of the engine: it answers what it would answer undisturbed, or fails with what says
/// that another try may help; and the next call does it.
/// </summary>
public sealed class ApiFaultsTests(AzuriteFixture azurite)
{
    private static readonly Dictionary<string, Func<BlobStore, DurableTaskClient, Task<object?>>> s_handlers = new()
    {
        ["POST trainings"] = async (blobs, engine) => await new TrainingApi(blobs).StartAsync(engine, """{"modelKey": "faulty-car"}""", Stop),
        ["POST trainings of an unknown model"] = async (blobs, engine) => (await new TrainingApi(blobs).StartAsync(engine, """{"modelKey": "faulty-cat"}""", Stop)).StatusCode,
        ["GET trainings"] = async (blobs, engine) => (await new TrainingApi(blobs).GetAsync(engine, "train:faulty-car", Stop)).StatusCode,
        ["GET nights"] = async (_, engine) => (await Nights().GetAsync(engine, "2025-03-02", Stop)).StatusCode,
        ["the night's timer"] = async (_, engine) => await Nights().StartWhenDueAsync(engine, Stop),
        ["the histories' timer"] = async (_, engine) =>
        {
            await Nights().PurgeAsync(engine, Stop);
            return null;
        },
        ["a job's result"] = async (_, engine) =>
        {
            await JobEvents.RaiseAsync(engine, ContractJson.Serialize(new ResultMessage(1, "train-1", "train:faulty-car", "done-1")), Stop);
            return null;
        },
    };

    public static TheoryData<string, Fault> StorageFaultsOfAll => [.. s_handlers.Keys.SelectMany(h => Enum.GetValues<Fault>().Where(f => f != Fault.Late).Select(f => (h, f)))];

    public static TheoryData<string> Handlers => [.. s_handlers.Keys];

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Theory]
    [MemberData(nameof(StorageFaultsOfAll))]
    public async Task Handle_AnyRequestMeetsAFault_AnswersTheSameOrAsksForAnotherTry(string handler, Fault fault)
    {
        await new BlobStore(azurite.Blobs).PutIfAbsentAsync(ContainerNames.Datasets, BlobNames.DatasetLatest("faulty-car"), "{}"u8.ToArray(), null, Stop);
        var expected = Text(await s_handlers[handler](new BlobStore(azurite.Blobs), Engine()));
        for (var passing = 0; ; passing++)
        {
            var transport = new FaultyTransport { Patience = TimeSpan.FromMilliseconds(1) }.On(which: null, fault, passing);
            var blobs = new BlobStore(StorageClients.Blobs(azurite.Storage, transport.UseWithoutRetries));
            try
            {
                Text(await s_handlers[handler](blobs, Engine())).ShouldBe(expected);
            }
            catch (Exception e) when (e is not ShouldAssertException)
            {
                StorageFaults.IsTransient(e).ShouldBeTrue($"{handler}: {e}");
            }

            if (transport.Met == 0)
            {
                return;
            }
        }
    }

    [Theory]
    [MemberData(nameof(Handlers))]
    public async Task Handle_TheEngineIsAway_SaysSoAndTheNextCallIsAnswered(string handler)
    {
        await new BlobStore(azurite.Blobs).PutIfAbsentAsync(ContainerNames.Datasets, BlobNames.DatasetLatest("faulty-car"), "{}"u8.ToArray(), null, Stop);
        var blobs = new BlobStore(azurite.Blobs);
        var expected = Text(await s_handlers[handler](blobs, Engine()));
        var away = Engine(new IOException("the engine's storage does not answer"));

        if (handler != "POST trainings of an unknown model")
        {
            (await Should.ThrowAsync<IOException>(() => s_handlers[handler](blobs, away))).Message.ShouldBe("the engine's storage does not answer");
        }

        Text(await s_handlers[handler](blobs, Engine())).ShouldBe(expected);
    }

    private static string Text(object? answer) => ContractJson.Serialize(answer);

    private static NightApi Nights() =>
        new(new FakeTimeProvider(new DateTimeOffset(2025, 3, 1, 19, 0, 0, TimeSpan.Zero)), Options.Create(new NightlyOptions()));

    /// <summary>An engine that has an instance of every name, or fails whatever it is asked.</summary>
    private static DurableTaskClient Engine(Exception? fault = null)
    {
        var engine = Substitute.For<DurableTaskClient>("engine");
        engine.ScheduleNewOrchestrationInstanceAsync(default, default, default, default).ReturnsForAnyArgs(call => fault is null ? Task.FromResult("") : Task.FromException<string>(fault));
        engine.GetInstancesAsync("", default, default).ReturnsForAnyArgs(call => Instance(call.Arg<string>()));
        engine.GetInstanceAsync("", default(bool), default).ReturnsForAnyArgs(call => Instance(call.Arg<string>()));
        engine.GetInstanceAsync("", default(CancellationToken)).ReturnsForAnyArgs(call => Instance(call.Arg<string>()));
        engine.RaiseEventAsync("", "", default, default).ReturnsForAnyArgs(_ => fault is null ? Task.CompletedTask : Task.FromException(fault));
        engine.PurgeAllInstancesAsync(default(PurgeInstancesFilter)!, default).ReturnsForAnyArgs(_ =>
            fault is null ? Task.FromResult(new PurgeResult(1)) : Task.FromException<PurgeResult>(fault));
        return engine;

        Task<OrchestrationMetadata?> Instance(string id) => fault is null
            ? Task.FromResult<OrchestrationMetadata?>(new OrchestrationMetadata("TrainingOrchestrator", id) { RuntimeStatus = OrchestrationRuntimeStatus.Running })
            : Task.FromException<OrchestrationMetadata?>(fault);
    }
}
