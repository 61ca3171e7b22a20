using LoraFunctions.Durable;
using LoraFunctions.Pipeline.Api;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Http;
using Microsoft.DurableTask.Client;

namespace LoraFunctions.Triggers;

/// <summary>The night's timer, and how the night stands.</summary>
public sealed class NightFunctions(NightApi nights, TimeProvider time)
{
    [Function(TriggerNames.StartNight)]
    public Task StartNight(
        [TimerTrigger(TriggerSchedules.StartNight)] TimerInfo timer,
        [DurableClient] DurableTaskClient client,
        CancellationToken cancellationToken) =>
        nights.StartWhenDueAsync(new DurableWorkflowClient(client), cancellationToken);

    [Function(TriggerNames.GetNight)]
    public Task<HttpResponseData> GetNight(
        [HttpTrigger(AuthorizationLevel.Function, "get", Route = ApiRoutes.Night)] HttpRequestData request,
        [DurableClient] DurableTaskClient client,
        string date,
        CancellationToken cancellationToken) =>
        request.AnswerAsync(nights.GetAsync(new DurableWorkflowClient(client), date, cancellationToken));

    [Function(TriggerNames.PurgeHistory)]
    public Task PurgeHistory(
        [TimerTrigger(TriggerSchedules.PurgeHistory)] TimerInfo timer,
        [DurableClient] DurableTaskClient client,
        CancellationToken cancellationToken) =>
        new DurableWorkflowClient(client).PurgeAsync(time.GetUtcNow() - TriggerSchedules.HistoryRetention, cancellationToken);
}
