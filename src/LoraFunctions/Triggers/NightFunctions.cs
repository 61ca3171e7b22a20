using LoraFunctions.Pipeline.Api;
using LoraFunctions.Pipeline.Storage;
using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask.Client;

namespace LoraFunctions.Triggers;

/// <summary>The night's timers, the GPU worker's word that a job is done, and the storage's that a listing changed.</summary>
public sealed class NightFunctions(NightApi nights, ListingEvents listings)
{
    [Function(TriggerNames.StartNight)]
    public Task StartNight(
        [TimerTrigger(TriggerSchedules.StartNight)] TimerInfo timer,
        [DurableClient] DurableTaskClient engine,
        CancellationToken cancellationToken) =>
        nights.StartWhenDueAsync(engine, cancellationToken);

    [Function(TriggerNames.PurgeHistory)]
    public Task PurgeHistory(
        [TimerTrigger(TriggerSchedules.PurgeHistory)] TimerInfo timer,
        [DurableClient] DurableTaskClient engine,
        CancellationToken cancellationToken) =>
        nights.PurgeAsync(engine, cancellationToken);

    [Function(TriggerNames.RaiseJobEvent)]
    public Task RaiseJobEvent(
        [QueueTrigger(QueueNames.GpuResults, Connection = StorageOptions.Section)] string message,
        [DurableClient] DurableTaskClient engine,
        CancellationToken cancellationToken) =>
        JobEvents.RaiseAsync(engine, message, cancellationToken);

    [Function(TriggerNames.MarkListing)]
    public Task MarkListing(
        [QueueTrigger(QueueNames.ListingChanges, Connection = StorageOptions.Section)] string message,
        CancellationToken cancellationToken) =>
        listings.MarkAsync(message, cancellationToken);
}
