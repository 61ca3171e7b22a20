using System.Text;
using LoraFunctions.Pipeline.Api;
using LoraFunctions.Pipeline.Storage;
using LoraFunctions.Support;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;
using Microsoft.Extensions.DependencyInjection;
using NSubstitute;

namespace LoraFunctions.Pipeline.Tests.Faults;

/// <summary>
/// Every call of the HTTP interface and both timers under every fault of the storage but a late one at each of their requests: they answer
/// what they would answer undisturbed, or say that another try may help.
/// </summary>
public sealed class ApiFaultsTests
{
    public static TheoryData<Fault> Faults => [.. Enum.GetValues<Fault>().Where(f => f != Fault.Late)];

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Theory]
    [MemberData(nameof(Faults))]
    public async Task Handle_AnyRequestMeetsAFault_AnswersTheSameOrAsksForAnotherTry(Fault fault)
    {
        var transport = new FaultyTransport { Patience = TimeSpan.FromMilliseconds(1) };
        await using var stage = await NightStage.StartAsync(transport);
        var handlers = Handlers(stage.Services);
        foreach (var (name, handle) in handlers)
        {
            var expected = await handle();
            for (var passing = 0; ; passing++)
            {
                transport.Forget();
                transport.On(which: null, fault, passing);
                var before = transport.Met;
                try
                {
                    var status = await handle();
                    (status == expected || status >= 500 || status is 409 or 412).ShouldBeTrue($"{name} under {fault} at request {passing}: {status} instead of {expected}");
                }
                catch (Exception e) when (e is not ShouldAssertException)
                {
                    StorageFaults.IsTransient(e).ShouldBeTrue($"{name} under {fault} at request {passing}: {e}");
                }

                if (transport.Met == before)
                {
                    break;
                }
            }

            transport.Forget();
        }
    }

    /// <summary>What answers the world, with an answer's status.</summary>
    private static Dictionary<string, Func<Task<int>>> Handlers(IServiceProvider services)
    {
        var engine = Substitute.For<DurableTaskClient>("engine");
        engine.GetInstancesAsync("", default, default).ReturnsForAnyArgs(Task.FromResult<OrchestrationMetadata?>(null));
        var (api, nights) = (services.GetRequiredService<LoraApi>(), services.GetRequiredService<NightApi>());
        ApiEndpoint[] endpoints =
        [
            .. services.GetRequiredService<TrainingApi>().Endpoints, .. services.GetRequiredService<ComparisonApi>().Endpoints, .. nights.Endpoints,
            .. services.GetRequiredService<LibraryApi>().Endpoints, .. services.GetRequiredService<UploadApi>().Endpoints, .. services.GetRequiredService<HealthApi>().Endpoints,
        ];
        var handlers = endpoints.ToDictionary(e => $"{e.Method} {e.Route}", Func<Task<int>> (e) => async () =>
        {
            var path = string.Join('/', e.Segments.Select(s => s switch { "{date}" => "2025-03-02", _ when s.StartsWith('{') => "a-b", _ => s }));
            using var body = new MemoryStream(Encoding.UTF8.GetBytes(e.Example ?? ""));
            var request = new ApiRequest(e.Method, new Uri($"http://localhost/{LoraApi.Prefix}/{path}"), header => header == "Content-Type" && e.Body is not null ? "application/json" : null, body);
            return (await api.AnswerAsync(request, engine, Stop)).StatusCode;
        });
        handlers["the night's timer"] = async () =>
        {
            await nights.StartWhenDueAsync(engine, Stop);
            return 200;
        };
        handlers["the histories' timer"] = async () =>
        {
            await nights.PurgeAsync(engine, Stop);
            return 200;
        };
        return handlers;
    }
}
