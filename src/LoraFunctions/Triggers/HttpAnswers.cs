using System.Net;
using LoraFunctions.Pipeline;
using LoraFunctions.Pipeline.Api;
using Microsoft.Azure.Functions.Worker.Http;

namespace LoraFunctions.Triggers;

/// <summary>The pipeline's answers as HTTP.</summary>
internal static class HttpAnswers
{
    public static async Task<HttpResponseData> AnswerAsync(this HttpRequestData request, Task<ApiResult> handling)
    {
        var result = await handling;
        var response = request.CreateResponse((HttpStatusCode)result.StatusCode);
        response.Headers.Add("Content-Type", "application/json; charset=utf-8");
        if (result.Location is { } location)
        {
            // Routes of one depth resolve against each other, whatever the host's prefix.
            response.Headers.Add("Location", new Uri(request.Url, location).ToString());
        }

        await response.WriteStringAsync(ContractJson.Serialize(result.Body));
        return response;
    }
}
