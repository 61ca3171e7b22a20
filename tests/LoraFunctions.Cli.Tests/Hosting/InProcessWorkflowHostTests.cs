using System.Collections.Concurrent;
using LoraFunctions.Cli.Hosting;
using LoraFunctions.Pipeline.Activities;
using LoraFunctions.Pipeline.Messages;
using LoraFunctions.Pipeline.Workflows;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using Shouldly;
using Xunit;

namespace LoraFunctions.Cli.Tests.Hosting;

public sealed class InProcessWorkflowHostTests
{
    private const string Instance = "night:listing:label";
    private static readonly WorkflowStatus[] s_running = [WorkflowStatus.Pending, WorkflowStatus.Running];
    private static readonly BlobRef s_blob = new("jobs", "j/spec.json", "", new string('0', 64));
    private static readonly PreparedJob s_job = new("j", JobKind.Label, s_blob, TimeSpan.FromHours(1), MaxAttempts: 2);

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task GpuJob_EventComesBeforeAnybodyWaits_IsNotLost()
    {
        var world = new World();
        using InProcessWorkflowHost host = world.Host();
        world.OnSubmit = input =>
        {
            world.Result = new JobObservation(JobStatus.Succeeded, null);
            return host.RaiseEventAsync(
                input.InstanceId,
                input.EventName,
                new ResultMessage(1, "j", input.InstanceId, input.EventName),
                Stop);
        };

        await StartJobAsync(host);

        (await host.WaitAsync<JobOutcome>(Instance)).ShouldBe(new JobOutcome("j", JobOutcomeStatus.Succeeded, 1, null));
        (await host.GetStateAsync(Instance, Stop))!.Status.ShouldBe(WorkflowStatus.Completed);
    }

    [Fact]
    public async Task GpuJob_NoEvent_TimesOutAndIsQueuedUnderTheNextName()
    {
        var world = new World();
        using InProcessWorkflowHost host = world.Host();
        await StartJobAsync(host);
        (await world.NextEventNameAsync()).ShouldBe("done-1");

        await AdvanceUntilAsync(world, host, () => world.EventNames.Count > 0);
        (await world.NextEventNameAsync()).ShouldBe("done-2");
        await AdvanceUntilAsync(world, host, () => false);

        JobOutcome outcome = await host.WaitAsync<JobOutcome>(Instance);
        outcome.Status.ShouldBe(JobOutcomeStatus.TimedOut);
        outcome.Attempts.ShouldBe(2);
    }

    [Fact]
    public async Task Listing_ActivityThrows_ReachesTheWorkflowAsItsReason()
    {
        var world = new World { Gate = _ => throw new InvalidDataException("vehicle.json is gone") };
        using InProcessWorkflowHost host = world.Host();
        var listing = new PlannedListing("l1", "made-up", "key");

        await host.StartAsync(WorkflowNames.Listing, new ListingInput("2025-01-01", listing, null), "night:l1", s_running, Stop);

        ListingOutcome outcome = await host.WaitAsync<ListingOutcome>("night:l1");
        outcome.Status.ShouldBe(ListingStatus.Failed);
        outcome.Reason.ShouldBe("vehicle.json is gone");
    }

    [Fact]
    public async Task Listing_WithPhotos_RunsItsJobAsAnInstanceOfItsOwn()
    {
        var world = new World { Gate = _ => new GatedListing(s_blob, Accepted: 3, Rejected: 1) };
        using InProcessWorkflowHost host = world.Host();
        world.OnSubmit = input =>
        {
            world.Result = new JobObservation(JobStatus.Failed, "no CLIP");
            return host.RaiseEventAsync(
                input.InstanceId,
                input.EventName,
                new ResultMessage(1, "j", input.InstanceId, input.EventName),
                Stop);
        };

        await host.StartAsync(
            WorkflowNames.Listing,
            new ListingInput("2025-01-01", new PlannedListing("l1", "made-up", "key"), null),
            "night:l1",
            s_running,
            Stop);

        ListingOutcome outcome = await host.WaitAsync<ListingOutcome>("night:l1");
        outcome.Reason.ShouldBe("labelling: no CLIP (job j)");
        (await host.GetStateAsync("night:l1:label", Stop))!.Status.ShouldBe(WorkflowStatus.Completed);
    }

    [Fact]
    public async Task Activities_ManyWorkflowsAtOnce_StayBelowTheCap()
    {
        int now = 0;
        int most = 0;
        var world = new World
        {
            Gate = _ =>
            {
                int count = Interlocked.Increment(ref now);
                InterlockedMax(ref most, count);
                Task.Delay(30, Stop).Wait(Stop);
                Interlocked.Decrement(ref now);
                return new GatedListing(s_blob, Accepted: 0, Rejected: 1);
            },
        };
        using InProcessWorkflowHost host = world.Host(maxActivitiesAtOnce: 2);
        for (int i = 0; i < 10; i++)
        {
            await host.StartAsync(
                WorkflowNames.Listing,
                new ListingInput("2025-01-01", new PlannedListing($"l{i}", "made-up", "key"), null),
                $"night:l{i}",
                s_running,
                Stop);
        }

        for (int i = 0; i < 10; i++)
        {
            (await host.WaitAsync<ListingOutcome>($"night:l{i}")).Status.ShouldBe(ListingStatus.NothingAccepted);
        }

        most.ShouldBe(2);
    }

    [Fact]
    public async Task Start_SameNameWhileItRuns_IsThereAlreadyAndRunsOnce()
    {
        var world = new World();
        using InProcessWorkflowHost host = world.Host();
        (await StartJobAsync(host)).ShouldBe(WorkflowStart.Started);
        (await StartJobAsync(host)).ShouldBe(WorkflowStart.AlreadyThere);
        (await world.NextEventNameAsync()).ShouldBe("done-1");
        world.EventNames.ShouldBeEmpty();
    }

    [Fact]
    public async Task Stop_WhileAWorkflowWaits_EndsIt()
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Stop);
        var world = new World();
        using InProcessWorkflowHost host = world.Host(stop: stop.Token);
        await StartJobAsync(host);
        await world.NextEventNameAsync();

        await stop.CancelAsync();

        await Should.ThrowAsync<OperationCanceledException>(() => host.WaitAsync<JobOutcome>(Instance));
    }

    [Fact]
    public async Task RaiseEvent_UnknownInstance_SaysSo()
    {
        using InProcessWorkflowHost host = new World().Host();
        await Should.ThrowAsync<WorkflowNotFoundException>(() => host.RaiseEventAsync("nobody", "done-1", new object(), Stop));
        (await host.GetStateAsync("nobody", Stop)).ShouldBeNull();
    }

    private static Task<WorkflowStart> StartJobAsync(InProcessWorkflowHost host) =>
        host.StartAsync(WorkflowNames.GpuJob, new GpuJobInput(s_job, DeadlineUtc: null), Instance, s_running, Stop);

    /// <summary>The timer is made after the submission, so time moves on until it has rung.</summary>
    private static async Task AdvanceUntilAsync(World world, InProcessWorkflowHost host, Func<bool> enough)
    {
        while (!enough() && (await host.GetStateAsync(Instance, Stop))!.Status == WorkflowStatus.Running)
        {
            world.Time.Advance(TimeSpan.FromMinutes(5));
            await Task.Delay(5, Stop);
        }
    }

    private static void InterlockedMax(ref int most, int value)
    {
        int seen;
        while (value > (seen = Volatile.Read(ref most)) && Interlocked.CompareExchange(ref most, value, seen) != seen)
        {
        }
    }

    /// <summary>The few activities these workflows call.</summary>
    private sealed class World
    {
        public FakeTimeProvider Time { get; } = new();

        public ConcurrentQueue<string> EventNames { get; } = new();

        public JobObservation Result { get; set; } = JobObservation.NoResult;

        public Func<SubmitGpuJobInput, Task> OnSubmit { get; set; } = _ => Task.CompletedTask;

        public Func<GateListingInput, GatedListing> Gate { get; init; } = _ => throw new InvalidOperationException("not asked for");

        public InProcessWorkflowHost Host(int maxActivitiesAtOnce = 4, CancellationToken? stop = null)
        {
            var services = new ServiceCollection()
                .AddSingleton<IActivity<SubmitGpuJobInput, JobObservation>>(new Activity<SubmitGpuJobInput, JobObservation>(async input =>
                {
                    EventNames.Enqueue(input.EventName);
                    await OnSubmit(input);
                    return JobObservation.NoResult;
                }))
                .AddSingleton<IActivity<ReadJobResultInput, JobObservation>>(
                    new Activity<ReadJobResultInput, JobObservation>(_ => Task.FromResult(Result)))
                .AddSingleton<IActivity<GateListingInput, GatedListing>>(
                    new Activity<GateListingInput, GatedListing>(input => Task.FromResult(Gate(input))))
                .AddSingleton<IActivity<PrepareLabelJobInput, PreparedJob>>(
                    new Activity<PrepareLabelJobInput, PreparedJob>(_ => Task.FromResult(s_job)))
                .BuildServiceProvider();
            return new InProcessWorkflowHost(services, Time, maxActivitiesAtOnce, stop ?? Stop);
        }

        public async Task<string> NextEventNameAsync()
        {
            string? name;
            while (!EventNames.TryDequeue(out name))
            {
                await Task.Delay(5, Stop);
            }

            return name;
        }
    }

    private sealed class Activity<TInput, TOutput>(Func<TInput, Task<TOutput>> run) : IActivity<TInput, TOutput>
    {
        public Task<TOutput> RunAsync(TInput input, CancellationToken cancellationToken) => run(input);
    }
}
