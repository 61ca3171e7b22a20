using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using LoraFunctions.EndToEnd.Night;
using Microsoft.OpenApi;
using Microsoft.OpenApi.Reader;

namespace LoraFunctions.EndToEnd.Api;

public sealed class OpenApiTests(ApiStage api) : IClassFixture<ApiStage>
{
    [Fact]
    public async Task Document_IsTheCommittedOneAndServed()
    {
        JsonNode served = (await api.GetAsync("openapi.json")).Body!;

        JsonNode committed = JsonNode.Parse(await File.ReadAllTextAsync(Path.Combine(AppContext.BaseDirectory, "openapi.json"), TestContext.Current.CancellationToken))!;
        JsonNode.DeepEquals(served, committed).ShouldBeTrue("write it anew: dotnet run --project src/LoraFunctions.Cli -- serve --print-openapi > infra/openapi.json");
    }

    [Fact]
    public async Task Document_IsValid()
    {
        using var stream = new MemoryStream(Encoding.UTF8.GetBytes(api.Document.ToJsonString()));

        ReadResult read = await OpenApiDocument.LoadAsync(stream, "json", cancellationToken: TestContext.Current.CancellationToken);

        read.Diagnostic!.Errors.ShouldBeEmpty();
        read.Diagnostic.Warnings.ShouldBeEmpty();
        read.Document!.Paths.Count.ShouldBe(api.Document["paths"]!.AsObject().Count);
    }

    /// <summary>Names of car models and pictures are put in the place of the example's; everything else goes as it stands there.</summary>
    [Fact]
    public async Task Examples_Run()
    {
        string picture = (string)(await api.GetAsync("library")).Body!["pictures"]![0]!["renderId"]!;
        string another = (string)(await api.GetAsync("library")).Body!["pictures"]![1]!["renderId"]!;
        api.Worker.Loses = job => job.InstanceId.StartsWith("train:terra-kite:monday-1", StringComparison.Ordinal); // so that it can be reviewed
        var ran = new List<string>();
        foreach (var (path, operations) in api.Document["paths"]!.AsObject())
        {
            foreach (var (method, operation) in operations!.AsObject())
            {
                if (operation!["requestBody"]?["content"]?["application/json"]?["example"] is { } example)
                {
                    string url = path
                        .Replace("{date}", NightStage.Date, StringComparison.Ordinal)
                        .Replace("{renderId}", path.EndsWith("reject", StringComparison.Ordinal) ? another : picture, StringComparison.Ordinal)
                        .Replace("{id}", "train:terra-kite:monday-1", StringComparison.Ordinal);
                    string body = example.ToJsonString()
                        .Replace("tesla-model-y-2024", "terra-kite", StringComparison.Ordinal)
                        .Replace("byd-han-ev-2024", "nimbus-aero", StringComparison.Ordinal);
                    int expected = operation["responses"]!.AsObject().Select(r => r.Key).Where(k => k[0] == '2').Select(int.Parse).Single();
                    Answered answered = await UntilItGoesAsync(new HttpMethod(method.ToUpperInvariant()), url, body);
                    answered.Status.ShouldBe(expected, $"{method} {url}: {answered.Body?.ToJsonString()}");
                    ran.Add(path);
                }
            }
        }

        ran.Count.ShouldBeGreaterThanOrEqualTo(8);
    }

    /// <summary>Calls without a body have no example: with what a night and two requests have left, each answers as the document says.</summary>
    [Fact]
    public async Task CallsWithoutABody_AnswerAsTheDocumentSays()
    {
        string picture = (string)(await api.GetAsync("library")).Body!["pictures"]![0]!["renderId"]!;
        api.Worker.Loses = job => job.InstanceId.StartsWith("train:nimbus-aero:every-call", StringComparison.Ordinal); // so that it can be cancelled
        (await api.PostAsync("trainings", """{"modelKey": "nimbus-aero", "idempotencyKey": "every-call"}""")).Status.ShouldBe(202);
        Answered comparison = await api.PostAsync("comparisons", """{"left": "terra-kite", "right": "nimbus-aero", "scenes": ["street"]}""");
        var ran = new List<string>();
        foreach (var (method, path, operation) in Operations().Where(o => o.Operation["requestBody"] is null).OrderBy(o => o.Method == "delete"))
        {
            string url = path
                .Replace("{date}", NightStage.Date, StringComparison.Ordinal)
                .Replace("{renderId}", picture, StringComparison.Ordinal)
                .Replace("comparisons/{id}", comparison.Location!.ToString().Split("/api/")[^1], StringComparison.Ordinal)
                .Replace("{id}", "train:nimbus-aero:every-call", StringComparison.Ordinal);
            string[] expected = [.. operation["responses"]!.AsObject().Select(r => r.Key).Where(status => status[0] is '2' or '3')];
            Answered answered = await api.SendAsync(new HttpMethod(method.ToUpperInvariant()), url);
            expected.ShouldContain($"{answered.Status}", $"{method} {url}: {answered.Body?.ToJsonString()}");
            ran.Add(path);
        }

        ran.Count.ShouldBe(8);
    }

    /// <summary>Another id, a body and a query that nobody knows.</summary>
    [Fact]
    public async Task EveryCall_MadeWrongly_IsRefusedWithWhatIsWrong()
    {
        foreach (var (method, path, operation) in Operations())
        {
            string url = Regex.Replace(path, @"\{\w+\}", "no%20such");
            string? body = operation["requestBody"] is null ? null : """{"nonsense": 1}""";
            foreach (string wrong in url == path && body is null ? new[] { $"{url}?nonsense=1" } : [url, $"{url}?nonsense=1"])
            {
                Answered answered = await api.SendAsync(new HttpMethod(method.ToUpperInvariant()), wrong, body);

                answered.Status.ShouldBeInRange(400, 499, $"{method} {wrong}");
                answered.ContentType.ShouldBe("application/problem+json");
                ((string?)answered.Body!["title"]).ShouldNotBeNullOrEmpty($"{method} {wrong}");
            }
        }
    }

    private IEnumerable<(string Method, string Path, JsonObject Operation)> Operations() =>
        from path in api.Document["paths"]!.AsObject()
        from operation in path.Value!.AsObject()
        select (operation.Key, path.Key, operation.Value!.AsObject());

    /// <summary>A training is on the queue a moment after it was asked for.</summary>
    private async Task<Answered> UntilItGoesAsync(HttpMethod method, string url, string body)
    {
        while (true)
        {
            Answered answered = await api.SendAsync(method, url, body);
            if (answered.Status != 409)
            {
                return answered;
            }

            await Task.Delay(100, TestContext.Current.CancellationToken);
        }
    }
}
