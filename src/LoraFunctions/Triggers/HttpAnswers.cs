using System.Net;
using LoraFunctions.Pipeline;
using LoraFunctions.Pipeline.Api;
using Microsoft.Azure.Functions.Worker.Http;
using Microsoft.DurableTask.Client;

namespace LoraFunctions.Triggers;

/// <summary>The pipeline's interface as HTTP.</summary>
internal static class HttpAnswers
{
    public static async Task<HttpResponseData> AnswerAsync(this LoraApi api, HttpRequestData request, DurableTaskClient engine, CancellationToken cancellationToken)
    {
        string? Header(string name) => request.Headers.TryGetValues(name, out var values) ? values.FirstOrDefault() : null;
        var result = await api.AnswerAsync(new ApiRequest(request.Method, request.Url, Header, request.Body), engine, cancellationToken);
        var response = request.CreateResponse((HttpStatusCode)result.StatusCode);
        if (result.Location is { } location)
        {
            response.Headers.Add("Location", new Uri(request.Url, location).AbsoluteUri);
        }

        if (result.ETag is { } etag)
        {
            response.Headers.Add("ETag", etag);
        }

        if (result.Body is { } body)
        {
            response.Headers.Add("Content-Type", result.ContentType);
            await response.WriteStringAsync(ContractJson.Serialize(body));
        }

        return response;
    }
}
