using System.Text;
using LoraFunctions.Pipeline;

namespace LoraFunctions.EndToEnd.Api;

/// <summary>Bodies and ids that somebody made up: every answer says what is wrong, nothing is written.</summary>
public sealed class HostileTests(ApiStage api, ITestOutputHelper output) : IClassFixture<ApiStage>
{
    private const int Requests = 1_000;

    private static readonly (string Method, string Path)[] s_calls =
    [
        ("POST", "trainings"), ("GET", "trainings/{0}"), ("POST", "trainings/{0}/review"), ("DELETE", "trainings/{0}"), ("POST", "comparisons"), ("GET", "comparisons/{0}"),
        ("GET", "nights/{0}"), ("POST", "nights/{0}/rerun"), ("POST", "nights/pause"), ("POST", "nights/resume"), ("GET", "library?set={0}"), ("GET", "library?state={0}"),
        ("GET", "library/{0}/download"), ("POST", "library/{0}/approve"), ("POST", "library/{0}/reject"), ("POST", "uploads"), ("{0}", "health"), ("GET", "{0}"),
    ];

    private static readonly string[] s_ids =
    [
        "..", "%2e%2e", "..%2f..%2fconfig%2flabels.yaml", "a/b", "a%2Fb", "%00", "%0d%0aX: y", "a%23b", "%3F", "con", "0", "-1", "2025-02-30", "2025-03-02%20", "null",
        "%F0%9F%9A%97", "%ff%fe", "'%20or%20PartitionKey%20ne%20'", "nightly-20250302%3A%3A", "2025-03-02_render-0123456789abcdef0123456789abcdef_99999999999",
        "2025-03-02_render-0123456789abcdef0123456789abcdef_1", "%D9%A2%D9%A0%D9%A2%D9%A5-03-02", "@@taskhub", "upload-0123456789abcdef", "%E2%80%AE",
    ];

    private static readonly string[] s_values =
    [
        "null", "true", "[]", "{}", "\"\"", "\" \"", "\"..\"", "\"../../x\"", "\"a/b\"", "\"\\u0000\"", "\"\\ud800\"", "\"\\u202e\"", "1e999", "-1", "0", "1.5", "99999999999999999999",
        "\"nimbus-aero \\r\\n\"", "[\"a.png\", 1]", "[null]", "{\"epochs\": \"many\"}", "{\"epochs\": -1}", "{\"lora_rank\": 1e300}", "{\"output_dir\": 1}", "\"<script>\"", "\"no-such-model\"",
    ];

    private static readonly string[] s_fields =
        ["modelKey", "upload", "overrides", "idempotencyKey", "action", "by", "reason", "learningRate", "left", "right", "scenes", "template", "make", "model", "released", "files", "__proto__", "MODELKEY", ""];

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task ThousandOfThem_NoneIsA5xxAndNothingIsWritten()
    {
        int seed = int.TryParse(Environment.GetEnvironmentVariable("LORA_SEED"), out int given) ? given : 20250302;
        output.WriteLine($"LORA_SEED={seed}");
        var random = new Random(seed);
        string before = await EverythingAsync();
        var statuses = new Dictionary<int, int>();
        for (int i = 0; i < Requests; i++)
        {
            var (method, path) = s_calls[random.Next(s_calls.Length)];
            string id = random.Next(8) == 0 ? new string('a', random.Next(1, 3_000)) : s_ids[random.Next(s_ids.Length)];
            method = method == "{0}" ? new[] { "POST", "PUT", "PATCH", "DELETE", "OPTIONS" }[random.Next(5)] : method;
            using var request = new HttpRequestMessage(new HttpMethod(method), string.Format(System.Globalization.CultureInfo.InvariantCulture, path, id));
            if (method != "GET")
            {
                // Whoever gives a name may pause; here nobody does.
                request.Content = Body(random, by: path is "nights/pause" or "nights/resume" ? "buy" : "by");
            }

            using HttpResponseMessage response = await api.Client.SendAsync(request, Stop);
            int status = (int)response.StatusCode;
            statuses[status] = statuses.GetValueOrDefault(status) + 1;
            status.ShouldBeInRange(400, 499, $"{method} {request.RequestUri} {(request.Content is null ? "" : await request.Content.ReadAsStringAsync(Stop))}");
            response.Content.Headers.ContentType?.MediaType.ShouldBe("application/problem+json");
        }

        output.WriteLine(string.Join(", ", statuses.OrderBy(s => s.Key).Select(s => $"{s.Key}: {s.Value}")));
        (await EverythingAsync()).ShouldBe(before);
    }

    [Theory]
    [InlineData(64 * 1024 + 1)]
    [InlineData(40 * 1024 * 1024)]
    public async Task BodyTooLarge_IsRefused(int bytes)
    {
        using var content = new StringContent(new string(' ', bytes), Encoding.UTF8, "application/json");

        using HttpResponseMessage response = await api.Client.PostAsync("trainings", content, Stop);

        ((int)response.StatusCode).ShouldBe(413);
    }

    [Fact]
    public async Task BodyOfAnotherType_IsRefused()
    {
        using var content = new FormUrlEncodedContent([KeyValuePair.Create("modelKey", "nimbus-aero")]);

        using HttpResponseMessage response = await api.Client.PostAsync("trainings", content, Stop);

        ((int)response.StatusCode).ShouldBe(415);
    }

    private static HttpContent Body(Random random, string by)
    {
        string text = random.Next(6) switch
        {
            0 => new[] { "", "{", "[", "\"", "nul", "{\"a\":}", "{}{}", "{\"by\":\"a\",\"by\":\"b\"}", new string('[', 500), "\uFEFF{", "<xml/>" }[random.Next(11)],
            1 => s_values[random.Next(s_values.Length)],
            _ => "{" + string.Join(", ", Enumerable.Range(0, random.Next(1, 6)).Select(_ => $"\"{s_fields[random.Next(s_fields.Length)]}\": {s_values[random.Next(s_values.Length)]}")) + "}",
        };
        byte[] bytes = Encoding.UTF8.GetBytes(text.Replace("\"by\"", $"\"{by}\"", StringComparison.Ordinal));
        if (random.Next(10) == 0 && bytes.Length > 0)
        {
            bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
        }

        var content = new ByteArrayContent(bytes);
        content.Headers.TryAddWithoutValidation("Content-Type", "application/json");
        return content;
    }

    /// <summary>Names and ETags of all blobs, and how many jobs stand in the queue.</summary>
    private async Task<string> EverythingAsync()
    {
        var all = new StringBuilder();
        foreach (string container in ContainerNames.All)
        {
            foreach (var blob in await api.Stage.Blobs.ListAsync(container, "", Stop))
            {
                all.AppendLine($"{container}/{blob.Name} {blob.ETag}");
            }
        }

        var queue = await api.Stage.Queues.GetQueueClient(QueueNames.GpuJobs).GetPropertiesAsync(Stop);
        return all.AppendLine($"{queue.Value.ApproximateMessagesCount} messages").ToString();
    }
}
