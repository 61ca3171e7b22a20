using LoraFunctions.Pipeline.Jobs;

namespace LoraFunctions.Pipeline.Tests.Jobs;

public sealed class GpuJobStateTests
{
    [Theory]
    [InlineData(null, "Wait Succeeded", 1)]
    [InlineData(JobStatus.Succeeded, "Ended Succeeded", 0)]
    [InlineData(JobStatus.Failed, "Ended Failed", 0)]
    public void Submitted_Observation_NextStep(JobStatus? observed, string step, int queued)
    {
        var next = GpuJobState.Start.Submitted(new JobObservation(observed, null, TimeSpan.Zero));

        $"{next.Step} {next.Status}".ShouldBe(step);
        next.Queued.ShouldBe(queued);
        next.Attempt.ShouldBe(1);
    }

    [Theory]
    [InlineData(1, null, false, "Submit Succeeded", 2)]
    [InlineData(2, null, false, "Submit Succeeded", 3)]
    [InlineData(3, null, false, "Ended TimedOut", 3)]
    [InlineData(1, null, true, "Ended TooLate", 1)]
    [InlineData(1, JobStatus.Succeeded, false, "Ended Succeeded", 1)]
    [InlineData(1, JobStatus.Succeeded, true, "Ended Succeeded", 1)]
    [InlineData(3, JobStatus.Succeeded, false, "Ended Succeeded", 3)]
    [InlineData(1, JobStatus.Failed, false, "Ended Failed", 1)]
    [InlineData(3, JobStatus.Failed, true, "Ended Failed", 3)]
    public void Waited_AttemptAndObservation_NextStep(int attempt, JobStatus? observed, bool pastDeadline, string step, int nextAttempt)
    {
        var waiting = GpuJobState.Start with { Step = GpuJobStep.Wait, Attempt = attempt, Queued = attempt };

        var next = waiting.Waited(new JobObservation(observed, null, TimeSpan.Zero), maxAttempts: 3, pastDeadline);

        $"{next.Step} {next.Status}".ShouldBe(step);
        next.Attempt.ShouldBe(nextAttempt);
        next.Queued.ShouldBe(attempt);
    }
}
