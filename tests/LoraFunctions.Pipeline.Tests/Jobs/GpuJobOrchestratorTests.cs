using LoraFunctions.Pipeline.Jobs;
using LoraFunctions.Pipeline.Tests.Replaying;

namespace LoraFunctions.Pipeline.Tests.Jobs;

public sealed class GpuJobOrchestratorTests
{
    private static readonly TimeSpan s_took = TimeSpan.FromMinutes(3);

    private static readonly JobObservation s_done = new(JobStatus.Succeeded, null, s_took);

    private static readonly PreparedJob s_job = FakeNight.Job(JobKind.Train, "x");

    [Fact]
    public void Run_EventComes_ReadsTheResultAndCancelsTheTimer()
    {
        var run = Run(submitted: [JobObservation.NoResult], read: [s_done], events: ["done-1"]);

        Outcome(run).ShouldBe(new JobOutcome("train-x", JobOutcomeStatus.Succeeded, 1, s_took, null));
        run.Cancelled.Select(c => c.Kind).ShouldBe([CallKind.Timer]);
    }

    [Fact]
    public void Run_ResultIsThereAlready_WaitsForNothing()
    {
        var run = Run(submitted: [s_done], read: [], events: []);

        Outcome(run).ShouldBe(new JobOutcome("train-x", JobOutcomeStatus.Succeeded, 0, s_took, null));
        run.Calls.Count.ShouldBe(1);
    }

    [Fact]
    public void Run_EventIsLostAndTheResultIsThere_ReadsItAfterTheTimeOut()
    {
        var run = Run(submitted: [JobObservation.NoResult], read: [s_done], events: []);

        Outcome(run).Status.ShouldBe(JobOutcomeStatus.Succeeded);
        run.Cancelled.Select(c => c.Name).ShouldBe(["done-1"]);
        run.Calls.Count(c => c.Name == nameof(SubmitGpuJob)).ShouldBe(1);
    }

    [Fact]
    public void Run_NoResultAfterTheTimeOut_SubmitsAgainUnderTheNextEventName()
    {
        var run = Run(submitted: [JobObservation.NoResult, JobObservation.NoResult], read: [JobObservation.NoResult, s_done], events: ["done-2"]);

        Outcome(run).ShouldBe(new JobOutcome("train-x", JobOutcomeStatus.Succeeded, 2, s_took, null));
        run.Calls.Where(c => c.Name == nameof(SubmitGpuJob)).Select(c => c.Read<SubmitGpuJobInput>().EventName).ShouldBe(["done-1", "done-2"]);
    }

    [Fact]
    public void Run_NoResultInAnyAttempt_GivesUpAndSaysSo()
    {
        var none = JobObservation.NoResult;

        var outcome = Outcome(Run(submitted: [none, none], read: [none, none], events: []));

        outcome.Status.ShouldBe(JobOutcomeStatus.TimedOut);
        outcome.Reason.ShouldBe("job train-x: no result after 2 attempts of 01:00:00; is a GPU worker running?");
    }

    [Fact]
    public void Run_ResultSaysFailed_IsNotTriedAgain()
    {
        var run = Run(submitted: [JobObservation.NoResult], read: [new JobObservation(JobStatus.Failed, "loss is not finite", s_took)], events: ["done-1"]);

        Outcome(run).ShouldBe(new JobOutcome("train-x", JobOutcomeStatus.Failed, 1, s_took, "loss is not finite (job train-x)"));
        run.Calls.Count(c => c.Name == nameof(SubmitGpuJob)).ShouldBe(1);
    }

    [Fact]
    public void Run_DeadlineBeforeTheTimeOut_WaitsNoLongerAndDoesNotSubmitAgain()
    {
        var deadline = OrchestratorRun.Begin.AddMinutes(10);

        var run = Run(submitted: [JobObservation.NoResult], read: [JobObservation.NoResult], events: [], deadline);

        Outcome(run).Status.ShouldBe(JobOutcomeStatus.TooLate);
        Outcome(run).Reason.ShouldNotBeNull().ShouldContain("its time was over");
        run.Calls.Single(c => c.Kind == CallKind.Timer).Read<DateTime>().ShouldBe(deadline);
    }

    [Fact]
    public void Run_AfterTheDeadline_QueuesNothing()
    {
        var run = Run(submitted: [], read: [JobObservation.NoResult], events: [], OrchestratorRun.Begin);

        Outcome(run).ShouldBe(new JobOutcome(
            "train-x", JobOutcomeStatus.TooLate, 0, TimeSpan.Zero, "job train-x: there was no time left to begin it"));
    }

    [Fact]
    public void Run_AfterTheDeadlineWithAResult_TakesIt() =>
        Outcome(Run(submitted: [], read: [s_done], events: [], OrchestratorRun.Begin)).Status.ShouldBe(JobOutcomeStatus.Succeeded);

    [Fact]
    public void Run_AnyCourse_IsTheSameOnReplay()
    {
        var none = JobObservation.NoResult;
        foreach (var run in new[]
        {
            Run([none], [s_done], ["done-1"]),
            Run([s_done], [], []),
            Run([none, none], [none, s_done], ["done-2"]),
            Run([none, none], [none, none], []),
        })
        {
            Replay.DemandSameCalls(nameof(GpuJobOrchestrator), new GpuJobInput(s_job, null), run);
        }
    }

    private static JobOutcome Outcome(OrchestratorRun run) => run.Result<JobOutcome>();

    private static OrchestratorRun Run(JobObservation[] submitted, JobObservation[] read, string[] events, DateTime? deadline = null)
    {
        var submits = new Queue<JobObservation>(submitted);
        var reads = new Queue<JobObservation>(read);
        return OrchestratorRun.ToEnd(nameof(GpuJobOrchestrator), new GpuJobInput(s_job, deadline), "nightly-20250302:x:train", (call, _) => call.Name switch
        {
            nameof(SubmitGpuJob) => Answer.Of(submits.Dequeue()),
            nameof(ReadJobResult) => Answer.Of(reads.Dequeue()),
            _ when events.Contains(call.Name) => Answer.Of(new ResultMessage(1, s_job.JobId, call.InstanceId, call.Name)),
            _ => Answer.Never,
        });
    }
}
