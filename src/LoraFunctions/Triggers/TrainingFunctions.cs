using LoraFunctions.Durable;
using LoraFunctions.Pipeline.Api;
using LoraFunctions.Pipeline.Storage;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Http;
using Microsoft.DurableTask.Client;

namespace LoraFunctions.Triggers;

/// <summary>Training on demand, and the GPU worker's word that a job is done.</summary>
public sealed class TrainingFunctions(TrainingApi trainings)
{
    [Function(TriggerNames.StartTraining)]
    public async Task<HttpResponseData> StartTraining(
        [HttpTrigger(AuthorizationLevel.Function, "post", Route = ApiRoutes.Trainings)] HttpRequestData request,
        [DurableClient] DurableTaskClient client,
        CancellationToken cancellationToken) =>
        await request.AnswerAsync(trainings.StartAsync(new DurableWorkflowClient(client), await request.ReadAsStringAsync() ?? "", cancellationToken));

    [Function(TriggerNames.GetTraining)]
    public Task<HttpResponseData> GetTraining(
        [HttpTrigger(AuthorizationLevel.Function, "get", Route = ApiRoutes.Training)] HttpRequestData request,
        [DurableClient] DurableTaskClient client,
        string id,
        CancellationToken cancellationToken) =>
        request.AnswerAsync(trainings.GetAsync(new DurableWorkflowClient(client), id, cancellationToken));

    [Function(TriggerNames.RaiseJobEvent)]
    public Task RaiseJobEvent(
        [QueueTrigger(QueueNames.GpuResults, Connection = StorageOptions.Section)] string message,
        [DurableClient] DurableTaskClient client,
        CancellationToken cancellationToken) =>
        JobEvents.RaiseAsync(new DurableWorkflowClient(client), message, cancellationToken);
}
