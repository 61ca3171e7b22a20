using LoraFunctions.Pipeline.Api;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Http;
using Microsoft.DurableTask.Client;

namespace LoraFunctions.Triggers;

/// <summary>The night's timer, and how the night stands.</summary>
public sealed class NightFunctions(NightApi nights)
{
    [Function(TriggerNames.StartNight)]
    public Task StartNight(
        [TimerTrigger(TriggerSchedules.StartNight)] TimerInfo timer,
        [DurableClient] DurableTaskClient engine,
        CancellationToken cancellationToken) =>
        nights.StartWhenDueAsync(engine, cancellationToken);

    [Function(TriggerNames.GetNight)]
    public Task<HttpResponseData> GetNight(
        [HttpTrigger(AuthorizationLevel.Function, "get", Route = ApiRoutes.Night)] HttpRequestData request,
        [DurableClient] DurableTaskClient engine,
        string date,
        CancellationToken cancellationToken) =>
        request.AnswerAsync(nights.GetAsync(engine, date, cancellationToken));

    [Function(TriggerNames.PurgeHistory)]
    public Task PurgeHistory(
        [TimerTrigger(TriggerSchedules.PurgeHistory)] TimerInfo timer,
        [DurableClient] DurableTaskClient engine,
        CancellationToken cancellationToken) =>
        nights.PurgeAsync(engine, cancellationToken);
}
