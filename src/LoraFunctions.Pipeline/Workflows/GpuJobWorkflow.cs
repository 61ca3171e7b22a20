using LoraFunctions.Pipeline.Activities;
using LoraFunctions.Pipeline.Messages;

namespace LoraFunctions.Pipeline.Workflows;

/// <summary>
/// One job for the GPU: put it on the queue and wait. <c>result.json</c> is the truth and the event only wakes, so it is read after the event
/// and after a time-out alike. A job that failed is not tried again here: the worker owns its retries. A job without any result is put
/// on the queue again under the next event name, because a wait that timed out can swallow later events of its name
/// (https://github.com/Azure/azure-functions-durable-extension/issues/3255).
/// </summary>
public sealed class GpuJobWorkflow : IWorkflow<GpuJobInput, JobOutcome>
{
    public async Task<JobOutcome> RunAsync(IWorkflowContext context, GpuJobInput input)
    {
        var state = GpuJobState.Start;
        while (true)
        {
            switch (state.Step)
            {
                case GpuJobStep.Submit when IsPast(context, input.DeadlineUtc):
                    var observed = await ReadAsync(context, input);
                    state = state.TooLate(observed);
                    break;

                case GpuJobStep.Submit:
                    observed = await context.CallActivityAsync<JobObservation>(
                        ActivityNames.SubmitGpuJob,
                        new SubmitGpuJobInput(input.Job, context.InstanceId, EventNames.Done(state.Attempt)));
                    state = state.Submitted(observed);
                    break;

                case GpuJobStep.Wait:
                    await WaitAsync(context, input, state.Attempt);
                    observed = await ReadAsync(context, input);
                    state = state.Waited(observed, input.Job.MaxAttempts, IsPast(context, input.DeadlineUtc));
                    break;

                default:
                    return state.Outcome(input.Job);
            }
        }
    }

    private static bool IsPast(IWorkflowContext context, DateTime? deadlineUtc) => deadlineUtc is { } deadline && context.CurrentUtcDateTime >= deadline;

    private static Task<JobObservation> ReadAsync(IWorkflowContext context, GpuJobInput input) =>
        context.CallActivityAsync<JobObservation>(ActivityNames.ReadJobResult, new ReadJobResultInput(input.Job.JobId));

    /// <summary>Until the event of this attempt, its time-out, or the night's deadline, whatever comes first. The loser is cancelled.</summary>
    private static async Task WaitAsync(IWorkflowContext context, GpuJobInput input, int attempt)
    {
        using var cancellation = new CancellationTokenSource();
        var fireAt = context.CurrentUtcDateTime + input.Job.TimeOut;
        if (input.DeadlineUtc is { } deadline && deadline < fireAt)
        {
            fireAt = deadline;
        }

        var done = context.WaitForExternalEvent<ResultMessage>(EventNames.Done(attempt), cancellation.Token);
        var timer = context.CreateTimer(fireAt, cancellation.Token);
        await Task.WhenAny(done, timer);
        cancellation.Cancel(); // not CancelAsync: it runs on the thread pool, where a workflow may not go
    }
}
