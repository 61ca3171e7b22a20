using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Specialized;
using LoraFunctions.Jobs;
using LoraFunctions.Pipeline.Storage;
using LoraFunctions.Support;
using LoraFunctions.Worker.Progress;
using LoraFunctions.Worker.Running;
using LoraFunctions.Worker.Tests.Support;
using Shouldly;
using Xunit;

namespace LoraFunctions.Worker.Tests;

/// <summary>What becomes of a job when the storage, the identity or the worker itself fails.</summary>
[Collection("The queues")]
public sealed class GpuWorkerFaultTests(AzuriteFixture azurite)
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(Fault.Unauthenticated)]
    [InlineData(Fault.Refused)]
    [InlineData(Fault.Busy)]
    public async Task RunLoop_QueueCannotBeReadForAWhile_GoesOnWhenItCan(Fault fault)
    {
        using var bench = new WorkerBench(azurite, $"loop-{fault.ToString().ToLowerInvariant()}");
        await bench.SubmitAsync();
        var transport = new FaultyTransport().On(sent => sent.Contains("/gpu-jobs/messages", StringComparison.Ordinal), fault, times: 5);
        await LoopUntilDoneAsync(bench, transport: transport);
        transport.Met.ShouldBe(5);
    }

    [Fact]
    public async Task RunLoop_SomethingElseEscapesAJob_GoesOn()
    {
        using var bench = new WorkerBench(azurite, "escapes");
        await bench.SubmitAsync();
        await LoopUntilDoneAsync(bench, observer: new BrokenObserver());
    }

    [Fact]
    public async Task RunOnce_StorageFailsBeforeTheLeaseManyTimes_IsNoFailureOfTheJob()
    {
        using var bench = new WorkerBench(azurite, "before-lease");
        await bench.SubmitAsync();
        var job = new ScriptedJob((_, _, _) => { });
        var transport = new FaultyTransport().On(sent => sent.Contains("attempts.json", StringComparison.Ordinal), Fault.Busy, times: 4);
        GpuWorker worker = bench.Worker(job, transport: transport.UseWithoutRetries);
        for (int delivery = 0; delivery < 4; delivery++)
        {
            (await worker.RunOnceAsync(Stop)).ShouldBe(JobState.LeftToRetry);
        }

        (await worker.RunOnceAsync(Stop)).ShouldBe(JobState.Done);

        JobResult result = (await bench.ResultAsync())!;
        (result.Status, result.Attempt, job.Runs).ShouldBe((JobStatus.Succeeded, 1, 1));
    }

    [Fact]
    public async Task RunOnce_ToldToStopBeforeTheLeaseManyTimes_IsNoFailureOfTheJob()
    {
        using var bench = new WorkerBench(azurite, "stop-before-lease");
        await bench.SubmitAsync();
        for (int delivery = 0; delivery < 4; delivery++)
        {
            using var stop = CancellationTokenSource.CreateLinkedTokenSource(Stop);
            var transport = new FaultyTransport().On(sent => sent.Contains("comp=lease", StringComparison.Ordinal), Fault.Hangs);
            Task<JobState?> run = bench.Worker(new ScriptedJob((_, _, _) => { }), transport: transport.Use).RunOnceAsync(stop.Token);
            while (transport.Met == 0)
            {
                await Task.Delay(5, Stop);
            }

            await stop.CancelAsync();
            (await run).ShouldBe(JobState.LeftByStop);
        }

        (await bench.Worker(new ScriptedJob((_, _, _) => { })).RunOnceAsync(Stop)).ShouldBe(JobState.Done);
        (await bench.ResultAsync())!.Status.ShouldBe(JobStatus.Succeeded);
    }

    [Fact]
    public async Task RunOnce_StorageIsLostWhileItRunsManyTimes_IsNoFailureOfTheJob()
    {
        using var bench = new WorkerBench(azurite, "mid-run");
        await bench.SubmitAsync();
        var transport = new FaultyTransport().On(sent => sent.EndsWith("mid-run/img01.jpg", StringComparison.Ordinal), Fault.Refused, times: 4);
        GpuWorker worker = bench.Worker(new ScriptedJob((_, _, _) => { }), transport: transport.UseWithoutRetries);
        for (int delivery = 0; delivery < 4; delivery++)
        {
            (await worker.RunOnceAsync(Stop)).ShouldBe(JobState.LeftToRetry);
        }

        (await worker.RunOnceAsync(Stop)).ShouldBe(JobState.Done);
        JobResult result = (await bench.ResultAsync())!;
        (result.Status, result.Attempt).ShouldBe((JobStatus.Succeeded, 5));
    }

    /// <summary>The attempt is counted, and nobody hears of it: as when the storage is slower than the message's time.</summary>
    [Fact]
    public async Task RunOnce_AnswerToTheCountedAttemptIsLostManyTimes_IsNoFailureOfTheJob()
    {
        using var bench = new WorkerBench(azurite, "counted");
        await bench.SubmitAsync();

        // Of a delivery's three: made if it is not there, counted, given back.
        int written = 0;
        var transport = new FaultyTransport().On(
            sent => sent.StartsWith("PUT ", StringComparison.Ordinal) && sent.EndsWith("attempts.json", StringComparison.Ordinal) && written++ % 3 == 1,
            Fault.AnswerLost,
            times: 3);
        GpuWorker worker = bench.Worker(new ScriptedJob((_, _, _) => { }), transport: transport.UseWithoutRetries);

        await DrainAsync(bench, worker);

        transport.Met.ShouldBe(3);
        JobResult result = (await bench.ResultAsync())!;
        (result.Status, result.Attempt).ShouldBe((JobStatus.Succeeded, 4), result.Error);
    }

    /// <summary>Every request of a delivery in turn, the clients without tries of their own.</summary>
    [Theory]
    [InlineData(Fault.Busy)]
    [InlineData(Fault.AnswerLost)]
    [InlineData(Fault.Twice)]
    public async Task RunOnce_AnyRequestMeetsAFault_TheJobIsDoneAndNothingIsLost(Fault fault)
    {
        for (int request = 0; ; request++)
        {
            using var bench = new WorkerBench(azurite, $"any-{fault.ToString().ToLowerInvariant()}-{request}");
            await bench.SubmitTrainingAsync();
            var training = new ScriptedTraining(steps: 2);
            var transport = new FaultyTransport().On(which: null, fault, after: request);
            GpuWorker worker = bench.Worker(
                new ScriptedJob((_, _, _) => { }),
                options => options with { Visibility = TimeSpan.FromSeconds(1), MessageRenewal = TimeSpan.FromMilliseconds(250) },
                transport: transport.UseWithoutRetries,
                training: training);

            await DrainAsync(bench, worker);

            JobResult result = (await bench.ResultAsync()).ShouldNotBeNull($"request {request}");
            result.Status.ShouldBe(JobStatus.Succeeded, $"request {request}: {result.Error}");
            BlobRef lora = result.Artefacts.ShouldHaveSingleItem();
            System.Text.Encoding.UTF8.GetString((await bench.Blobs.ReadAsync(lora, Stop)).Span).ShouldBe("1\n2\n", $"request {request}");
            IReadOnlyList<ResultMessage> announced = await bench.AnnouncementsAsync();
            announced.ShouldNotBeEmpty($"request {request}");
            announced.ShouldAllBe(message => message.JobId == bench.JobId);
            if (transport.Met == 0)
            {
                request.ShouldBeGreaterThan(20);
                transport.Sent.Where(sent => sent.StartsWith("GET", StringComparison.Ordinal) && !sent.Contains("messages", StringComparison.Ordinal))
                    .ShouldBeUnique("no blob is downloaded twice");
                return;
            }
        }
    }

    [Fact]
    public async Task RunOnce_TwoWorkersOneMessageTwice_OneWorksAndBothMessagesGo()
    {
        using var bench = new WorkerBench(azurite, "race-two");
        await bench.SubmitAsync();
        await bench.JobQueue.SendMessageAsync(ContractJson.Serialize(bench.Message!), Stop);
        using var begun = new SemaphoreSlim(0);
        using var end = new SemaphoreSlim(0);
        var job = new ScriptedJob((_, _, token) =>
        {
            begun.Release();
            end.Wait(token);
        });
        Task<JobState?> first = bench.Worker(job, name: "one").RunOnceAsync(Stop);
        await begun.WaitAsync(Stop);

        (await bench.Worker(job, name: "two").RunOnceAsync(Stop)).ShouldBe(JobState.Postponed);
        end.Release();
        (await first).ShouldBe(JobState.Done);

        job.Runs.ShouldBe(1);
        JobResult result = (await bench.ResultAsync())!;
        (result.Status, result.Attempt).ShouldBe((JobStatus.Succeeded, 1));
        (await bench.MessagesLeftAsync()).ShouldBe(1, "the postponed one, which will find the result");
    }

    [Fact]
    public async Task RunOnce_RenewalsHang_TheWorkEndsBeforeTheLeaseDoesAndTheNextOneGoesOn()
    {
        using var bench = new WorkerBench(azurite, "hung");
        await bench.SubmitTrainingAsync();
        var transport = new FaultyTransport();
        var clock = new TestClock { Transport = transport };
        DateTimeOffset begun = clock.GetUtcNow();
        DateTimeOffset? ended = null;
        var training = new ScriptedTraining(steps: 3, atStep: (step, token) =>
        {
            if (step == 2)
            {
                transport.On(sent => sent.Contains("comp=lease", StringComparison.Ordinal), Fault.Late, times: 100);
                token.WaitHandle.WaitOne(TimeSpan.FromSeconds(60)).ShouldBeTrue("the lease that cannot be renewed ends the work");
                ended = clock.GetUtcNow();
                token.ThrowIfCancellationRequested();
            }
        });
        Task<JobState?> hung = bench.Worker(new ScriptedJob((_, _, _) => { }), time: clock, transport: transport.Use, training: training).RunOnceAsync(Stop);
        await clock.UntilAsync(hung, TimeSpan.FromMilliseconds(200));

        (await hung).ShouldBe(JobState.Lost);
        (ended - begun).ShouldNotBeNull().ShouldBeLessThan(WorkerOptions.DefaultLeaseDuration);
        await bench.JobsContainer.GetBlobClient(BlobNames.JobAttempts("hung")).GetBlobLeaseClient().BreakAsync(TimeSpan.Zero, cancellationToken: Stop);
        await bench.JobQueue.ClearMessagesAsync(Stop);
        await bench.JobQueue.SendMessageAsync(ContractJson.Serialize(bench.Message!), Stop);
        var next = new ScriptedTraining(steps: 3);
        (await bench.Worker(new ScriptedJob((_, _, _) => { }), name: "two", training: next).RunOnceAsync(Stop)).ShouldBe(JobState.Done);
        next.StepsDone.ShouldBe(2, "the first step is in the checkpoint");
        transport.Release();
    }

    [Fact]
    public async Task RunOnce_ToldToStopInATraining_KeepsTheCheckpointAndTheMessage()
    {
        using var bench = new WorkerBench(azurite, "stop-training");
        await bench.SubmitTrainingAsync();
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Stop);
        var training = new ScriptedTraining(steps: 5, atStep: (step, _) =>
        {
            if (step == 4)
            {
                stop.Cancel();
            }
        });
        (await bench.Worker(new ScriptedJob((_, _, _) => { }), training: training).RunOnceAsync(stop.Token)).ShouldBe(JobState.LeftByStop);
        (await bench.MessagesLeftAsync()).ShouldBe(1);
        Directory.Exists(Path.Combine(bench.Folder("one"), "work")).ShouldBeFalse();

        var next = new ScriptedTraining(steps: 5);
        (await bench.Worker(new ScriptedJob((_, _, _) => { }), name: "two", training: next).RunOnceAsync(Stop)).ShouldBe(JobState.Done);

        next.StepsDone.ShouldBe(2);
        bench.JobsContainer.GetBlobs(new Azure.Storage.Blobs.Models.GetBlobsOptions { Prefix = BlobNames.JobCheckpoints("stop-training") }, Stop)
            .ShouldBeEmpty("nobody goes on from a job that is done");
    }

    /// <summary>A machine that is switched off every hour: a training that gets further each time is no job that kills its worker.</summary>
    [Fact]
    public async Task RunOnce_FailsAgainAndAgainButGetsFurther_GoesOnToItsEnd()
    {
        using var bench = new WorkerBench(azurite, "further");
        await bench.SubmitTrainingAsync();
        int saved = 0;
        var training = new ScriptedTraining(steps: 8, atStep: (step, _) =>
        {
            if (step == saved + 2)
            {
                saved++;
                throw new IOException("the power is gone");
            }
        });

        for (int attempt = 1; attempt <= 7; attempt++)
        {
            (await bench.Worker(new ScriptedJob((_, _, _) => { }), training: training).RunOnceAsync(Stop)).ShouldBe(JobState.LeftToRetry);
        }

        (await bench.Worker(new ScriptedJob((_, _, _) => { }), training: training).RunOnceAsync(Stop)).ShouldBe(JobState.Done);
        JobResult result = (await bench.ResultAsync())!;
        (result.Status, result.Attempt).ShouldBe((JobStatus.Succeeded, 8));
    }

    [Theory]
    [InlineData("not json at all")]
    [InlineData("[]")]
    [InlineData("{\"schemaVersion\":1,\"jobId\":\"../../etc\",\"kind\":\"label\",\"instanceId\":\"i\",\"eventName\":\"e\",\"specBlob\":{\"container\":\"jobs\",\"name\":\"n\",\"eTag\":\"\",\"sha256\":\"\"},\"traceparent\":null}")]
    public async Task RunOnce_MessageOfGarbage_IsPutAside(string text)
    {
        using var bench = new WorkerBench(azurite, "garbage");
        await bench.SubmitAsync(withMessage: false);
        await bench.JobQueue.SendMessageAsync(text, Stop);

        (await bench.Worker(new ScriptedJob((_, _, _) => { })).RunOnceAsync(Stop)).ShouldBe(JobState.Done);

        (await bench.MessagesLeftAsync()).ShouldBe(0);
        (await bench.PoisonQueue.ReceiveMessageAsync(cancellationToken: Stop)).Value.MessageText.ShouldBe(text);
    }

    [Fact]
    public async Task RunOnce_MessageHoldsASecret_NeitherResultNorErrorDoes()
    {
        using var bench = new WorkerBench(azurite, "secret");
        await bench.SubmitAsync();
        var job = new ScriptedJob((_, _, _) => throw new InvalidJobInputException("https://a.blob.core.windows.net/x?sv=1&sig=abcDEF123%3D was refused"));

        (await bench.Worker(job).RunOnceAsync(Stop)).ShouldBe(JobState.Done);

        (await bench.ResultAsync())!.Error.ShouldBe("https://a.blob.core.windows.net/x?sv=1&sig=*** was refused");
    }

    /// <summary>Runs the loop on a clock of its own until the job has its result and its message is gone.</summary>
    private static async Task LoopUntilDoneAsync(WorkerBench bench, FaultyTransport? transport = null, IWorkerObserver? observer = null)
    {
        var clock = new TestClock();
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Stop);
        GpuWorker worker = bench.Worker(
            new ScriptedJob((_, _, _) => { }),
            options => options with { PollInterval = TimeSpan.FromSeconds(10) },
            observer: observer,
            time: clock,
            transport: transport is null ? null : transport.UseWithoutRetries);
        Task loop = worker.RunLoopAsync(stop.Token);
        await clock.UntilAsync(
            async () =>
            {
                loop.IsCompleted.ShouldBeFalse();
                return await bench.ResultAsync() is not null && await bench.MessagesLeftAsync() == 0;
            },
            TimeSpan.FromMilliseconds(500));
        await stop.CancelAsync();
        await loop;
        (await bench.AnnouncementsAsync()).Count.ShouldBe(1);
    }

    private static async Task DrainAsync(WorkerBench bench, GpuWorker worker)
    {
        while (await bench.MessagesLeftAsync() > 0)
        {
            try
            {
                if (await worker.RunOnceAsync(Stop) is null)
                {
                    await Task.Delay(50, Stop);
                }
            }
            catch (Exception exception) when (StorageFaults.IsTransient(exception))
            {
                // The loop would go on.
            }
        }
    }

    private sealed class BrokenObserver : IWorkerObserver
    {
        public void Progressed(JobMessage job, JobProgress progress)
        {
            // Label jobs of these tests say nothing.
        }

        public void Ended(JobMessage job, JobState state, string? reason) => throw new InvalidOperationException("a display that is gone");
    }
}
