using LoraFunctions.Pipeline.Orchestration;
using Microsoft.DurableTask;

namespace LoraFunctions.Pipeline.Jobs;

/// <summary>
/// One job for the GPU: put it on the queue and wait. <c>result.json</c> is the truth and the event only wakes, so it is read after the event
/// and after a time-out alike. A job that failed is not tried again here: the worker owns its retries. A job without any result is put
/// on the queue again under the next event name, because a wait that timed out can swallow later events of its name
/// (https://github.com/Azure/azure-functions-durable-extension/issues/3255).
/// </summary>
public sealed class GpuJobOrchestrator : TaskOrchestrator<GpuJobInput, JobOutcome>
{
    /// <summary>The event that says that the worker is done with what attempt <paramref name="attempt"/> (from 1) put on the queue.</summary>
    public static string DoneEvent(int attempt) => $"done-{attempt}";

    public override async Task<JobOutcome> RunAsync(TaskOrchestrationContext context, GpuJobInput input)
    {
        var state = GpuJobState.Start;
        while (state.Step != GpuJobStep.Ended)
        {
            if (state.Step == GpuJobStep.Wait)
            {
                await WaitAsync(context, input, state.Attempt);
                state = state.Waited(await ReadAsync(context, input), input.Job.MaxAttempts, IsPast(context, input.DeadlineUtc));
            }
            else if (IsPast(context, input.DeadlineUtc))
            {
                state = state.TooLate(await ReadAsync(context, input));
            }
            else
            {
                var submit = new SubmitGpuJobInput(input.Job, DoneEvent(state.Attempt));
                state = state.Submitted(await context.CallActivityAsync<JobObservation>(nameof(SubmitGpuJob), submit, Retries.OfActivities));
            }
        }

        return state.Outcome(input.Job);
    }

    private static bool IsPast(TaskOrchestrationContext context, DateTime? deadlineUtc) => deadlineUtc is { } deadline && context.CurrentUtcDateTime >= deadline;

    private static Task<JobObservation> ReadAsync(TaskOrchestrationContext context, GpuJobInput input) =>
        context.CallActivityAsync<JobObservation>(nameof(ReadJobResult), input.Job, Retries.OfActivities);

    /// <summary>Until the event of this attempt, its time-out, or the deadline, whatever comes first. The loser is cancelled.</summary>
    private static async Task WaitAsync(TaskOrchestrationContext context, GpuJobInput input, int attempt)
    {
        using var cancellation = new CancellationTokenSource();
        var fireAt = context.CurrentUtcDateTime + input.Job.TimeOut;
        if (input.DeadlineUtc is { } deadline && deadline < fireAt)
        {
            fireAt = deadline;
        }

        var done = context.WaitForExternalEvent<ResultMessage>(DoneEvent(attempt), cancellation.Token);
        var timer = context.CreateTimer(fireAt, cancellation.Token);
        await Task.WhenAny(done, timer);
        cancellation.Cancel(); // not CancelAsync: it runs on the thread pool, where an orchestrator may not go
    }
}
