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
        [DurableClient] DurableTaskClient engine,
        CancellationToken cancellationToken) =>
        await request.AnswerAsync(trainings.StartAsync(engine, await request.ReadAsStringAsync() ?? "", cancellationToken));

    [Function(TriggerNames.GetTraining)]
    public Task<HttpResponseData> GetTraining(
        [HttpTrigger(AuthorizationLevel.Function, "get", Route = ApiRoutes.Training)] HttpRequestData request,
        [DurableClient] DurableTaskClient engine,
        string id,
        CancellationToken cancellationToken) =>
        request.AnswerAsync(trainings.GetAsync(engine, id, cancellationToken));

    [Function(TriggerNames.RaiseJobEvent)]
    public Task RaiseJobEvent(
        [QueueTrigger(QueueNames.GpuResults, Connection = StorageOptions.Section)] string message,
        [DurableClient] DurableTaskClient engine,
        CancellationToken cancellationToken) =>
        JobEvents.RaiseAsync(engine, message, cancellationToken);
}
