using System.Net;
using System.Text.Json.Nodes;
using LoraFunctions.EndToEnd.Night;
using LoraFunctions.Pipeline;
using LoraFunctions.Pipeline.Api;
using LoraFunctions.Pipeline.Night;
using LoraFunctions.Pipeline.Orchestration;
using Microsoft.DurableTask.Client;
using Microsoft.Extensions.DependencyInjection;

namespace LoraFunctions.EndToEnd.Api;

public sealed class NightsTests(ApiStage api) : IClassFixture<ApiStage>
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Get_NightThatEnded_HasItsReport()
    {
        JsonNode night = (await api.GetAsync($"nights/{NightStage.Date}")).Body!;

        ((string?)night["state"]!["status"]).ShouldBe("completed");
        night["report"]!["models"]!.AsArray().Count.ShouldBe(3);
        (await api.GetAsync("nights/2.3.2025")).Errors("date").ShouldNotBeEmpty();
        (await api.GetAsync("nights/2025-03-09")).Status.ShouldBe(404);
    }

    [Fact]
    public async Task Rerun_OneModel_TrainsItAnewAndNothingElse()
    {
        int before = api.Worker.Done.Count;

        Answered rerun = await api.PostAsync($"nights/{NightStage.Date}/rerun", """{"modelKey": "terra-kite"}""");

        rerun.Status.ShouldBe(202, rerun.Body?.ToJsonString());
        OrchestrationMetadata ended = await api.Engine.WaitForInstanceCompletionAsync(InstanceIds.Night(NightStage.Date), getInputsAndOutputs: true, Stop);
        ended.RuntimeStatus.ShouldBe(OrchestrationRuntimeStatus.Completed);
        string[] done = [.. api.Worker.Done.Skip(before)];
        done.Count(job => job.StartsWith("train-", StringComparison.Ordinal)).ShouldBe(1);
        done.ShouldNotContain(job => job.StartsWith("label-", StringComparison.Ordinal));
        (await api.PostAsync("nights/2024-01-01/rerun", "{}")).Status.ShouldBe(404);
        (await api.PostAsync($"nights/{NightStage.Date}/rerun", """{"modelKey": "no-such"}""")).Status.ShouldBe(400);
    }

    [Fact]
    public async Task Pause_NoNightIsStartedUntilResumed()
    {
        (await api.PostAsync("nights/pause", "{}")).Errors("by").ShouldBe(["it is missing."]);
        Answered paused = await api.PostAsync("nights/pause", """{"by": "Li Wei", "reason": "the GPU is needed"}""");
        ((string?)paused.Body!["paused"]!["by"]).ShouldBe("Li Wei");
        ((string?)(await api.GetAsync("health")).Body!["paused"]!["reason"]).ShouldBe("the GPU is needed");

        var due = new DueNights(api.Stage.Services);
        (await due.Api.StartWhenDueAsync(api.Engine, Stop)).ShouldBeNull();
        Answered resumed = await api.PostAsync("nights/resume", """{"by": "Li Wei"}""");

        resumed.Body!["paused"].ShouldBeNull();
        (await due.Api.StartWhenDueAsync(api.Engine, Stop)).ShouldBe(true);
        await api.Engine.WaitForInstanceCompletionAsync(InstanceIds.Night(DueNights.Date), Stop);
    }

    [Fact]
    public async Task Health_NightCouldRun_SaysSo()
    {
        Answered health = await api.GetAsync("health");

        health.Status.ShouldBe(200, health.Body?.ToJsonString());
        ((bool?)health.Body!["healthy"]).ShouldBe(true);
    }

    [Fact]
    public async Task Server_WrongTokenHostOrOrigin_IsRefused()
    {
        using var anyone = new HttpClient { BaseAddress = api.Client.BaseAddress };
        (await anyone.GetAsync("health", Stop)).StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
        (await api.SendAsync(HttpMethod.Get, "health", with: request => request.Headers.Host = "evil.example")).Status.ShouldBe(421);
        (await api.SendAsync(HttpMethod.Get, "health", with: request => request.Headers.Add("Origin", "https://evil.example"))).Status.ShouldBe(403);
        (await api.SendAsync(HttpMethod.Get, "health", with: request => request.Headers.Add("Origin", api.Address.GetLeftPart(UriPartial.Authority)))).Status.ShouldBe(200);
        (await api.SendAsync(HttpMethod.Put, "nights/pause", "{}")).Status.ShouldBe(405);
        (await api.GetAsync("nothing")).Status.ShouldBe(404);
        (await api.GetAsync("library?sett=1")).Status.ShouldBe(400);
    }

    /// <summary>A clock at which a night is due.</summary>
    private sealed class DueNights(IServiceProvider services)
    {
        public const string Date = "2025-06-01";

        public NightApi Api { get; } = ActivatorUtilities.CreateInstance<NightApi>(services, new Clock());

        private sealed class Clock : TimeProvider
        {
            public override DateTimeOffset GetUtcNow() => new(2025, 5, 31, 19, 0, 0, TimeSpan.Zero); // 03:00 in Shanghai
        }
    }
}
