using System.Globalization;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using Microsoft.DurableTask;
using Microsoft.Extensions.Options;

namespace LoraFunctions.Pipeline.Night;

/// <summary>
/// Sends a <see cref="NightOutcome"/> to the webhook. Its receiver computes the signature itself and compares; the time tells an old message that
/// somebody sends again. It may come twice: the report's name says which are the same.
/// </summary>
internal sealed class NotifyNight(IOptions<NightlyOptions> options, TimeProvider time) : TaskActivity<NightOutcome, bool>
{
    public const string SignatureHeader = "X-Lora-Signature";

    public const string TimeHeader = "X-Lora-Timestamp";

    /// <summary>A receiver that needs longer shall take the message and work later.</summary>
    private static readonly HttpClient s_http = new() { Timeout = TimeSpan.FromSeconds(10) };

    public override async Task<bool> RunAsync(TaskActivityContext context, NightOutcome input)
    {
        if (options.Value is not { Webhook: { } webhook, WebhookSecret: { } secret })
        {
            return false; // taken out of the options meanwhile
        }

        var body = Encoding.UTF8.GetBytes(ContractJson.Serialize(input));
        var seconds = time.GetUtcNow().ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);
        using var request = new HttpRequestMessage(HttpMethod.Post, webhook) { Content = new ByteArrayContent(body) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        request.Headers.Add(TimeHeader, seconds);
        request.Headers.Add(SignatureHeader, Signature(secret, seconds, body));
        try
        {
            using var response = await s_http.SendAsync(request);
            return response.IsSuccessStatusCode
                ? true
                : throw new IOException($"The webhook at {webhook.Authority} answered {(int)response.StatusCode}; it must answer 200 to 299.");
        }
        catch (Exception e) when (e is HttpRequestException or TaskCanceledException)
        {
            throw new IOException($"The webhook at {webhook.Authority} did not answer: {e.Message}", e);
        }
    }

    /// <summary><c>sha256=</c> and the hexadecimal HMAC-SHA256 over time, point and body.</summary>
    public static string Signature(string secret, string seconds, ReadOnlySpan<byte> body) =>
        $"sha256={Convert.ToHexStringLower(HMACSHA256.HashData(Encoding.UTF8.GetBytes(secret), (byte[])[.. Encoding.UTF8.GetBytes(seconds + "."), .. body]))}";
}
