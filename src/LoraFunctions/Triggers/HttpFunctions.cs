using LoraFunctions.Pipeline.Api;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Http;
using Microsoft.DurableTask.Client;

namespace LoraFunctions.Triggers;

/// <summary>The HTTP interface: one trigger a subject, so that each has a key of its own.</summary>
public sealed class HttpFunctions(LoraApi api)
{
    [Function(TriggerNames.TrainingsHttp)]
    public Task<HttpResponseData> TrainingsHttp(
        [HttpTrigger(AuthorizationLevel.Function, "get", "post", "delete", Route = TriggerRoutes.Trainings)] HttpRequestData request,
        [DurableClient] DurableTaskClient engine,
        CancellationToken cancellationToken) =>
        api.AnswerAsync(request, engine, cancellationToken);

    [Function(TriggerNames.ComparisonsHttp)]
    public Task<HttpResponseData> ComparisonsHttp(
        [HttpTrigger(AuthorizationLevel.Function, "get", "post", Route = TriggerRoutes.Comparisons)] HttpRequestData request,
        [DurableClient] DurableTaskClient engine,
        CancellationToken cancellationToken) =>
        api.AnswerAsync(request, engine, cancellationToken);

    [Function(TriggerNames.NightsHttp)]
    public Task<HttpResponseData> NightsHttp(
        [HttpTrigger(AuthorizationLevel.Function, "get", "post", Route = TriggerRoutes.Nights)] HttpRequestData request,
        [DurableClient] DurableTaskClient engine,
        CancellationToken cancellationToken) =>
        api.AnswerAsync(request, engine, cancellationToken);

    [Function(TriggerNames.LibraryHttp)]
    public Task<HttpResponseData> LibraryHttp(
        [HttpTrigger(AuthorizationLevel.Function, "get", "post", Route = TriggerRoutes.Library)] HttpRequestData request,
        [DurableClient] DurableTaskClient engine,
        CancellationToken cancellationToken) =>
        api.AnswerAsync(request, engine, cancellationToken);

    [Function(TriggerNames.UploadsHttp)]
    public Task<HttpResponseData> UploadsHttp(
        [HttpTrigger(AuthorizationLevel.Function, "post", Route = TriggerRoutes.Uploads)] HttpRequestData request,
        [DurableClient] DurableTaskClient engine,
        CancellationToken cancellationToken) =>
        api.AnswerAsync(request, engine, cancellationToken);

    [Function(TriggerNames.HealthHttp)]
    public Task<HttpResponseData> HealthHttp(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = TriggerRoutes.Health)] HttpRequestData request,
        [DurableClient] DurableTaskClient engine,
        CancellationToken cancellationToken) =>
        api.AnswerAsync(request, engine, cancellationToken);

    [Function(TriggerNames.OpenApiHttp)]
    public Task<HttpResponseData> OpenApiHttp(
        [HttpTrigger(AuthorizationLevel.Function, "get", Route = TriggerRoutes.OpenApi)] HttpRequestData request,
        [DurableClient] DurableTaskClient engine,
        CancellationToken cancellationToken) =>
        api.AnswerAsync(request, engine, cancellationToken);
}
