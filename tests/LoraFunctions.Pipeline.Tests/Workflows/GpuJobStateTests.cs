using LoraFunctions.Pipeline.Messages;
using LoraFunctions.Pipeline.Workflows;

namespace LoraFunctions.Pipeline.Tests.Workflows;

public sealed class GpuJobStateTests
{
    [Theory]
    [InlineData(null, "Wait", 1)]
    [InlineData(JobStatus.Succeeded, "Succeeded", 0)]
    [InlineData(JobStatus.Failed, "Failed", 0)]
    public void Submitted_Observation_NextStep(JobStatus? observed, string step, int queued)
    {
        var next = GpuJobState.Start.Submitted(new JobObservation(observed, null));

        next.Step.ToString().ShouldBe(step);
        next.Queued.ShouldBe(queued);
        next.Attempt.ShouldBe(1);
    }

    [Theory]
    [InlineData(1, null, false, "Submit", 2)]
    [InlineData(2, null, false, "Submit", 3)]
    [InlineData(3, null, false, "TimedOut", 3)]
    [InlineData(1, null, true, "TimedOut", 1)]
    [InlineData(1, JobStatus.Succeeded, false, "Succeeded", 1)]
    [InlineData(1, JobStatus.Succeeded, true, "Succeeded", 1)]
    [InlineData(3, JobStatus.Succeeded, false, "Succeeded", 3)]
    [InlineData(1, JobStatus.Failed, false, "Failed", 1)]
    [InlineData(3, JobStatus.Failed, true, "Failed", 3)]
    public void Waited_AttemptAndObservation_NextStep(int attempt, JobStatus? observed, bool pastDeadline, string step, int nextAttempt)
    {
        var waiting = new GpuJobState(GpuJobStep.Wait, attempt, attempt, null);

        var next = waiting.Waited(new JobObservation(observed, null), maxAttempts: 3, pastDeadline);

        next.Step.ToString().ShouldBe(step);
        next.Attempt.ShouldBe(nextAttempt);
        next.Queued.ShouldBe(attempt);
    }
}
