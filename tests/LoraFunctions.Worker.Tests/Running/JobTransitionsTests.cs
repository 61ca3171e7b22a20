using LoraFunctions.Worker.Running;
using Shouldly;
using Xunit;

namespace LoraFunctions.Worker.Tests.Running;

public sealed class JobTransitionsTests
{
    /// <summary>Everything that can happen, on the first attempt. What is not here cannot.</summary>
    private static readonly Dictionary<(JobState State, JobEvent Happened), JobState> s_table = new()
    {
        [(JobState.Received, JobEvent.ResultFound)] = JobState.Announcing,
        [(JobState.Received, JobEvent.LeaseGranted)] = JobState.Leased,
        [(JobState.Received, JobEvent.LeaseDenied)] = JobState.Postponed,
        [(JobState.Received, JobEvent.Failed)] = JobState.LeftToRetry,
        [(JobState.Received, JobEvent.StorageFailed)] = JobState.LeftToRetry,
        [(JobState.Received, JobEvent.StopAsked)] = JobState.LeftByStop,
        [(JobState.Received, JobEvent.OwnershipLost)] = JobState.Lost,
        [(JobState.Leased, JobEvent.ResultFound)] = JobState.Announcing,
        [(JobState.Leased, JobEvent.NoResult)] = JobState.Running,
        [(JobState.Leased, JobEvent.Failed)] = JobState.LeftToRetry,
        [(JobState.Leased, JobEvent.StorageFailed)] = JobState.LeftToRetry,
        [(JobState.Leased, JobEvent.StopAsked)] = JobState.LeftByStop,
        [(JobState.Leased, JobEvent.OwnershipLost)] = JobState.Lost,
        [(JobState.Running, JobEvent.Succeeded)] = JobState.Succeeding,
        [(JobState.Running, JobEvent.FailedForGood)] = JobState.Failing,
        [(JobState.Running, JobEvent.Failed)] = JobState.LeftToRetry,
        [(JobState.Running, JobEvent.StorageFailed)] = JobState.LeftToRetry,
        [(JobState.Running, JobEvent.StopAsked)] = JobState.LeftByStop,
        [(JobState.Running, JobEvent.OwnershipLost)] = JobState.Lost,
        [(JobState.Succeeding, JobEvent.ResultCommitted)] = JobState.Announcing,
        [(JobState.Succeeding, JobEvent.Failed)] = JobState.LeftToRetry,
        [(JobState.Succeeding, JobEvent.StorageFailed)] = JobState.LeftToRetry,
        [(JobState.Succeeding, JobEvent.StopAsked)] = JobState.LeftByStop,
        [(JobState.Succeeding, JobEvent.OwnershipLost)] = JobState.Lost,
        [(JobState.Failing, JobEvent.ResultCommitted)] = JobState.Announcing,
        [(JobState.Failing, JobEvent.Failed)] = JobState.LeftToRetry,
        [(JobState.Failing, JobEvent.StorageFailed)] = JobState.LeftToRetry,
        [(JobState.Failing, JobEvent.StopAsked)] = JobState.LeftByStop,
        [(JobState.Failing, JobEvent.OwnershipLost)] = JobState.Lost,
        [(JobState.Announcing, JobEvent.Announced)] = JobState.Done,
        [(JobState.Announcing, JobEvent.Failed)] = JobState.LeftToRetry,
        [(JobState.Announcing, JobEvent.StorageFailed)] = JobState.LeftToRetry,
        [(JobState.Announcing, JobEvent.StopAsked)] = JobState.LeftByStop,
        [(JobState.Announcing, JobEvent.OwnershipLost)] = JobState.Lost,
    };

    [Fact]
    public void Next_EveryStateAndEvent_IsInTheTableOrCannotHappen()
    {
        foreach (JobState state in Enum.GetValues<JobState>())
        {
            foreach (JobEvent happened in Enum.GetValues<JobEvent>())
            {
                if (s_table.TryGetValue((state, happened), out JobState expected))
                {
                    JobTransitions.Next(state, happened, failures: 1).ShouldBe(expected, $"{state} + {happened}");
                }
                else
                {
                    Should.Throw<InvalidOperationException>(
                        () => JobTransitions.Next(state, happened, failures: 1),
                        $"{state} + {happened}");
                }
            }
        }
    }

    [Theory]
    [InlineData(1, JobState.LeftToRetry)]
    [InlineData(4, JobState.LeftToRetry)]
    [InlineData(5, JobState.Failing)]
    [InlineData(6, JobState.Failing)]
    public void Next_WorkFails_TheFifthTimeItIsFinal(int failures, JobState expected)
    {
        JobTransitions.Next(JobState.Running, JobEvent.Failed, failures).ShouldBe(expected);
        JobTransitions.Next(JobState.Succeeding, JobEvent.Failed, failures).ShouldBe(expected);
    }

    [Theory]
    [InlineData(0, JobState.Running)]
    [InlineData(4, JobState.Running)]
    [InlineData(5, JobState.Failing)]
    public void Next_NoResultYet_AfterFiveFailuresItIsNotRun(int failures, JobState expected) =>
        JobTransitions.Next(JobState.Leased, JobEvent.NoResult, failures).ShouldBe(expected);

    [Theory]
    [InlineData(0)]
    [InlineData(3)]
    [InlineData(100)]
    public void Next_StopAskedOrStorageLost_IsNeverAFailure(int failures)
    {
        JobTransitions.Next(JobState.Running, JobEvent.StopAsked, failures).ShouldBe(JobState.LeftByStop);
        JobTransitions.Next(JobState.Running, JobEvent.StorageFailed, failures).ShouldBe(JobState.LeftToRetry);
    }

    [Fact]
    public void IsEnd_OfEveryState_IsTrueForThoseNothingLeavesFrom()
    {
        foreach (JobState state in Enum.GetValues<JobState>())
        {
            JobTransitions.IsEnd(state).ShouldBe(!s_table.Keys.Any(key => key.State == state), state.ToString());
        }
    }
}
