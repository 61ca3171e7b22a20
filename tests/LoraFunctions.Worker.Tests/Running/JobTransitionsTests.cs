using LoraFunctions.Worker.Running;
using Shouldly;
using Xunit;

namespace LoraFunctions.Worker.Tests.Running;

public sealed class JobTransitionsTests
{
    /// <summary>Everything that can happen, on the first delivery. What is not here cannot.</summary>
    private static readonly Dictionary<(JobState State, JobEvent Happened), JobState> s_table = new()
    {
        [(JobState.Received, JobEvent.ResultFound)] = JobState.Announcing,
        [(JobState.Received, JobEvent.LeaseGranted)] = JobState.Leased,
        [(JobState.Received, JobEvent.LeaseDenied)] = JobState.Postponed,
        [(JobState.Received, JobEvent.Failed)] = JobState.LeftToRetry,
        [(JobState.Received, JobEvent.StopAsked)] = JobState.LeftByStop,
        [(JobState.Received, JobEvent.OwnershipLost)] = JobState.Lost,
        [(JobState.Leased, JobEvent.ResultFound)] = JobState.Announcing,
        [(JobState.Leased, JobEvent.NoResult)] = JobState.Running,
        [(JobState.Leased, JobEvent.Failed)] = JobState.LeftToRetry,
        [(JobState.Leased, JobEvent.StopAsked)] = JobState.LeftByStop,
        [(JobState.Leased, JobEvent.OwnershipLost)] = JobState.Lost,
        [(JobState.Running, JobEvent.Succeeded)] = JobState.Succeeding,
        [(JobState.Running, JobEvent.FailedForGood)] = JobState.Failing,
        [(JobState.Running, JobEvent.Failed)] = JobState.LeftToRetry,
        [(JobState.Running, JobEvent.StopAsked)] = JobState.LeftByStop,
        [(JobState.Running, JobEvent.OwnershipLost)] = JobState.Lost,
        [(JobState.Succeeding, JobEvent.ResultCommitted)] = JobState.Announcing,
        [(JobState.Succeeding, JobEvent.Failed)] = JobState.LeftToRetry,
        [(JobState.Succeeding, JobEvent.StopAsked)] = JobState.LeftByStop,
        [(JobState.Succeeding, JobEvent.OwnershipLost)] = JobState.Lost,
        [(JobState.Failing, JobEvent.ResultCommitted)] = JobState.Announcing,
        [(JobState.Failing, JobEvent.Failed)] = JobState.LeftToRetry,
        [(JobState.Failing, JobEvent.StopAsked)] = JobState.LeftByStop,
        [(JobState.Failing, JobEvent.OwnershipLost)] = JobState.Lost,
        [(JobState.Announcing, JobEvent.Announced)] = JobState.Done,
        [(JobState.Announcing, JobEvent.Failed)] = JobState.LeftToRetry,
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
                    JobTransitions.Next(state, happened, deliveries: 1).ShouldBe(expected, $"{state} + {happened}");
                }
                else
                {
                    Should.Throw<InvalidOperationException>(
                        () => JobTransitions.Next(state, happened, deliveries: 1),
                        $"{state} + {happened}");
                }
            }
        }
    }

    [Theory]
    [InlineData(1, JobState.LeftToRetry)]
    [InlineData(2, JobState.LeftToRetry)]
    [InlineData(3, JobState.Failing)]
    [InlineData(4, JobState.Failing)]
    public void Next_WorkFails_TheThirdTimeItIsFinal(int deliveries, JobState expected)
    {
        JobTransitions.Next(JobState.Running, JobEvent.Failed, deliveries).ShouldBe(expected);
        JobTransitions.Next(JobState.Succeeding, JobEvent.Failed, deliveries).ShouldBe(expected);
    }

    [Theory]
    [InlineData(1, JobState.Running)]
    [InlineData(3, JobState.Running)]
    [InlineData(4, JobState.Failing)]
    public void Next_NoResultYet_TheFourthDeliveryIsNotRun(int deliveries, JobState expected) =>
        JobTransitions.Next(JobState.Leased, JobEvent.NoResult, deliveries).ShouldBe(expected);

    [Theory]
    [InlineData(0)]
    [InlineData(3)]
    [InlineData(100)]
    public void Next_StopAsked_IsNeverAFailure(int deliveries) =>
        JobTransitions.Next(JobState.Running, JobEvent.StopAsked, deliveries).ShouldBe(JobState.LeftByStop);

    [Fact]
    public void IsEnd_OfEveryState_IsTrueForThoseNothingLeavesFrom()
    {
        foreach (JobState state in Enum.GetValues<JobState>())
        {
            JobTransitions.IsEnd(state).ShouldBe(!s_table.Keys.Any(key => key.State == state), state.ToString());
        }
    }
}
