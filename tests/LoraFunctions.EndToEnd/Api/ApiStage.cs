using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using LoraFunctions.Cli.Serving;
using LoraFunctions.EndToEnd.Night;
using LoraFunctions.Pipeline.Api;
using Microsoft.DurableTask.Client;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;

namespace LoraFunctions.EndToEnd.Api;

/// <summary>What <c>lora serve</c> serves, on real Azurite with one night behind it; the paper worker stands where the GPU worker does.</summary>
public sealed class ApiStage : IAsyncLifetime
{
    public const string Token = "a-token-of-the-test";

    private NightStage? _stage;
    private RunningEngine? _engine;
    private ApiServer? _server;

    internal NightStage Stage => _stage!;

    internal PaperWorker Worker => Stage.Worker;

    public DurableTaskClient Engine => _engine!.Client;

    public HttpClient Client { get; private set; } = null!;

    public Uri Address => _server!.Address;

    public JsonObject Document => Stage.Services.GetRequiredService<LoraApi>().Document;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _stage = await NightStage.StartAsync();
        await _stage.AddListingsAsync();
        _engine = await RunningEngine.StartAsync(_stage);
        await _engine.RunNightAsync(NightStage.Date, deadlineUtc: null, Stop);
        _server = await ApiServer.StartAsync(_stage.Services.GetRequiredService<LoraApi>(), Engine, port: 0, Token, NullLogger.Instance);
        Client = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false }) { BaseAddress = new Uri(_server.Address, "api/") };
        Client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", Token);
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await _server!.DisposeAsync();
        await _engine!.DisposeAsync();
        await _stage!.DisposeAsync();
    }

    internal Task<Answered> GetAsync(string path) => SendAsync(HttpMethod.Get, path);

    internal Task<Answered> PostAsync(string path, string json) => SendAsync(HttpMethod.Post, path, json);

    internal async Task<Answered> SendAsync(HttpMethod method, string path, string? json = null, Action<HttpRequestMessage>? with = null)
    {
        using var request = new HttpRequestMessage(method, path);
        if (json is not null)
        {
            request.Content = new StringContent(json, Encoding.UTF8, "application/json");
        }

        with?.Invoke(request);
        using HttpResponseMessage response = await Client.SendAsync(request, Stop);
        string text = await response.Content.ReadAsStringAsync(Stop);
        return new Answered(
            (int)response.StatusCode,
            text.Length == 0 ? null : JsonNode.Parse(text),
            response.Content.Headers.ContentType?.MediaType,
            response.Headers.Location,
            response.Headers.TryGetValues("ETag", out var etags) ? etags.Single() : null);
    }

    /// <summary>Waits until an orchestration that the interface started has ended.</summary>
    internal async Task<JsonNode> EndOfAsync(string path)
    {
        while (true)
        {
            Answered answered = await GetAsync(path);
            answered.Status.ShouldBe(200, answered.Body?.ToJsonString());
            if ((string?)answered.Body!["status"] is not ("pending" or "running"))
            {
                return answered.Body;
            }

            await Task.Delay(100, Stop);
        }
    }
}

/// <summary>A response.</summary>
internal sealed record Answered(int Status, JsonNode? Body, string? ContentType, Uri? Location, string? ETag)
{
    /// <summary>The problems of a field.</summary>
    public string[] Errors(string field) => [.. Body!["errors"]![field]?.AsArray().Select(e => (string)e!) ?? []];
}
