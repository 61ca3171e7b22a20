using System.Text;
using Azure;
using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Specialized;
using Azure.Storage.Queues;
using Azure.Storage.Queues.Models;
using LoraFunctions.Jobs;
using LoraFunctions.Jobs.Labelling;
using LoraFunctions.Pipeline.Storage;
using LoraFunctions.Worker.Running;
using LoraFunctions.Support;
using LoraFunctions.Worker.Leases;
using LoraFunctions.Worker.Tests.Support;
using Shouldly;
using Xunit;

namespace LoraFunctions.Worker.Tests;

[Collection("The queues")]
public sealed class GpuWorkerTests(AzuriteFixture azurite)
{
    private static readonly ScriptedJob s_good = new((_, _, _) => { });

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task RunOnce_EmptyQueue_DoesNothing()
    {
        using var bench = new WorkerBench(azurite, "empty");
        await bench.SubmitAsync(withMessage: false);
        (await bench.Worker(s_good).RunOnceAsync(Stop)).ShouldBeNull();
    }

    [Fact]
    public async Task RunOnce_JobSucceeds_CommitsTheResultLastAndWakesTheWorkflow()
    {
        using var bench = new WorkerBench(azurite, "good");
        await bench.SubmitAsync();
        var job = new ScriptedJob((_, progress, _) => progress!.Report(new JobProgress("labelling", 1, 1)));

        (await bench.Worker(job).RunOnceAsync(Stop)).ShouldBe(JobState.Done);

        JobResult result = (await bench.ResultAsync())!;
        result.Status.ShouldBe(JobStatus.Succeeded);
        result.Attempt.ShouldBe(1);
        result.Error.ShouldBeNull();
        result.Artefacts.Select(a => a.Name).ShouldBe(["good/1/labels.json", "good/1/metadata.csv"]);
        Encoding.UTF8.GetString((await bench.Blobs.ReadAsync(result.Artefacts[1], Stop)).Span).Trim().ShouldBe("img01.jpg,\"Made Up\"");
        (await bench.AnnouncementsAsync()).ShouldBe([new ResultMessage(1, "good", "night:listing:label", "done-1")]);
        (await bench.MessagesLeftAsync()).ShouldBe(0);
        JobProgressReport status =
            (await bench.Blobs.TryReadJsonAsync<JobProgressReport>(ContainerNames.Jobs, BlobNames.JobStatus("good"), Stop))!;
        (status.Stage, status.Done, status.Total, status.Attempt).ShouldBe(("labelling", 1, 1, 1));
    }

    [Fact]
    public async Task Drain_AJobAndAMessageOfGarbage_DoesBothAndEnds()
    {
        using var bench = new WorkerBench(azurite, "drained");
        await bench.SubmitAsync();
        await bench.JobQueue.SendMessageAsync("garbage", Stop);

        await bench.Worker(s_good).DrainAsync(Stop);

        (await bench.ResultAsync())!.Status.ShouldBe(JobStatus.Succeeded);
        (await bench.MessagesLeftAsync()).ShouldBe(0);
    }

    [Fact]
    public async Task RunOnce_TrainingBeginsWithALora_HasItsFile()
    {
        using var bench = new WorkerBench(azurite, "warm");
        await bench.SubmitTrainingAsync(await bench.PutAsync(ContainerNames.Loras, "made-up/warm.safetensors", "the last LoRA"));
        var training = new ScriptedTraining(steps: 1);

        (await bench.Worker(s_good, training: training).RunOnceAsync(Stop)).ShouldBe(JobState.Done);

        training.Start.ShouldBe("the last LoRA");
    }

    [Fact]
    public async Task RunOnce_JobHasItsResult_OnlyWakesTheWorkflow()
    {
        using var bench = new WorkerBench(azurite, "twice");
        await bench.SubmitAsync();
        await bench.Worker(s_good).RunOnceAsync(Stop);
        JobResult first = (await bench.ResultAsync())!;
        await bench.SubmitAsync();
        var again = new ScriptedJob((_, _, _) => { });

        (await bench.Worker(again).RunOnceAsync(Stop)).ShouldBe(JobState.Done);

        again.Runs.ShouldBe(0);
        (await bench.AnnouncementsAsync()).Count.ShouldBe(1);
        (await bench.MessagesLeftAsync()).ShouldBe(0);
        (await bench.ResultAsync())!.Times.ShouldBe(first.Times);
    }

    [Fact]
    public async Task RunOnce_AnotherWorkerHasTheJob_PostponesItWithoutTouchingIt()
    {
        using var bench = new WorkerBench(azurite, "leased");
        await bench.SubmitAsync();
        BlobClient attempts = bench.JobsContainer.GetBlobClient(BlobNames.JobAttempts("leased"));
        await attempts.UploadAsync(BinaryData.FromString("""{"attempts":1}"""), Stop);
        await attempts.GetBlobLeaseClient().AcquireAsync(TimeSpan.FromSeconds(60), cancellationToken: Stop);
        var job = new ScriptedJob((_, _, _) => { });

        (await bench.Worker(job).RunOnceAsync(Stop)).ShouldBe(JobState.Postponed);

        job.Runs.ShouldBe(0);
        (await bench.MessagesLeftAsync()).ShouldBe(1);
        (await bench.JobQueue.ReceiveMessageAsync(cancellationToken: Stop)).Value
            .ShouldBeNull("it comes only when the other's lease may have ended");
        (await bench.ResultAsync()).ShouldBeNull();
    }

    [Fact]
    public async Task RunOnce_ItsOwnLeaseFromBeforeItDied_IsTakenOverAtOnce()
    {
        using var bench = new WorkerBench(azurite, "own");
        await bench.SubmitAsync();
        BlobClient attempts = bench.JobsContainer.GetBlobClient(BlobNames.JobAttempts("own"));
        (await JobLease.TryTakeAsync(attempts, "one", TimeSpan.FromSeconds(60), TimeProvider.System, Stop)).ShouldNotBeNull();

        (await bench.Worker(s_good, name: "two").RunOnceAsync(Stop)).ShouldBe(JobState.Postponed);
        await bench.SubmitAsync();
        (await bench.Worker(s_good, name: "one").RunOnceAsync(Stop)).ShouldBe(JobState.Done);
    }

    [Fact]
    public async Task RunOnce_WouldFailAgain_FailsAtOnceWithItsReason()
    {
        using var bench = new WorkerBench(azurite, "bad");
        await bench.SubmitAsync();
        var job = new ScriptedJob((_, _, _) =>
            throw new InvalidJobInputException(["labels.yaml: no groups", "labels.yaml: unknown key 'gruops'"]));

        (await bench.Worker(job).RunOnceAsync(Stop)).ShouldBe(JobState.Done);

        JobResult result = (await bench.ResultAsync())!;
        result.Status.ShouldBe(JobStatus.Failed);
        result.Error.ShouldBe("labels.yaml: no groups; labels.yaml: unknown key 'gruops'");
        result.Artefacts.ShouldBeEmpty();
        (await bench.AnnouncementsAsync()).Count.ShouldBe(1);
        (await bench.MessagesLeftAsync()).ShouldBe(0);
    }

    [Fact]
    public async Task RunOnce_FailsFiveTimes_ThenHasFailedWithItsReason()
    {
        using var bench = new WorkerBench(azurite, "unlucky");
        await bench.SubmitAsync();
        var job = new ScriptedJob((_, _, _) => throw new IOException("the disk is full\nframe #0: somewhere"));
        GpuWorker worker = bench.Worker(job);

        for (int failure = 1; failure < JobTransitions.MaxFailures; failure++)
        {
            (await worker.RunOnceAsync(Stop)).ShouldBe(JobState.LeftToRetry);
        }

        (await bench.ResultAsync()).ShouldBeNull();
        (await worker.RunOnceAsync(Stop)).ShouldBe(JobState.Done);

        job.Runs.ShouldBe(5);
        JobResult result = (await bench.ResultAsync())!;
        result.Status.ShouldBe(JobStatus.Failed);
        result.Attempt.ShouldBe(5);
        result.Error.ShouldBe("IOException: the disk is full");
        (await bench.AnnouncementsAsync()).Count.ShouldBe(1);
    }

    [Fact]
    public async Task RunOnce_WorkerDiedFiveTimes_FailsWithoutRunningAgain()
    {
        using var bench = new WorkerBench(azurite, "deadly");
        await bench.SubmitAsync();
        BlobClient attempts = bench.JobsContainer.GetBlobClient(BlobNames.JobAttempts("deadly"));
        for (int attempt = 0; attempt < JobTransitions.MaxFailures; attempt++)
        {
            // A worker that dies leaves its lease and the count of its attempt.
            JobLease lease = (await JobLease.TryTakeAsync(attempts, "one", TimeSpan.FromSeconds(60), TimeProvider.System, Stop)).ShouldNotBeNull();
            await lease.SaveAsync(lease.Record with { Attempts = lease.Record.Attempts + 1 }, Stop);
        }

        var job = new ScriptedJob((_, _, _) => { });
        (await bench.Worker(job).RunOnceAsync(Stop)).ShouldBe(JobState.Done);

        job.Runs.ShouldBe(0);
        JobResult result = (await bench.ResultAsync())!;
        result.Status.ShouldBe(JobStatus.Failed);
        result.Error!.ShouldContain("died 5 times");
        (await bench.AnnouncementsAsync()).Count.ShouldBe(1);
        (await bench.MessagesLeftAsync()).ShouldBe(0);
    }

    [Fact]
    public async Task RunOnce_ToldToStop_LeavesTheMessageAndCountsNoFailure()
    {
        using var bench = new WorkerBench(azurite, "stopped");
        await bench.SubmitAsync();
        for (int stops = 0; stops < 5; stops++)
        {
            using var stop = CancellationTokenSource.CreateLinkedTokenSource(Stop);
            var job = new ScriptedJob((_, _, token) =>
            {
                stop.Cancel();
                token.ThrowIfCancellationRequested();
            });
            (await bench.Worker(job).RunOnceAsync(stop.Token)).ShouldBe(JobState.LeftByStop);
            (await bench.MessagesLeftAsync()).ShouldBe(1);
        }

        // At once, by another worker, and after more deliveries than failures are allowed.
        (await bench.Worker(s_good, name: "two").RunOnceAsync(Stop)).ShouldBe(JobState.Done);
        JobResult result = (await bench.ResultAsync())!;
        result.Status.ShouldBe(JobStatus.Succeeded);
        result.Attempt.ShouldBe(6);
    }

    [Fact]
    public async Task RunOnce_MessageLongerThanItsVisibility_IsRenewedAndNobodyElseGetsIt()
    {
        using var bench = new WorkerBench(azurite, "long");
        await bench.SubmitAsync();
        var job = new ScriptedJob((_, _, _) =>
        {
            for (int look = 0; look < 8; look++)
            {
                Task.Delay(TimeSpan.FromMilliseconds(500), Stop).Wait(Stop);
                bench.JobQueue.ReceiveMessage(TimeSpan.FromSeconds(1), Stop).Value.ShouldBeNull();
            }
        });
        GpuWorker worker = bench.Worker(
            job,
            options => options with
            {
                Visibility = TimeSpan.FromSeconds(2),
                MessageRenewal = TimeSpan.FromMilliseconds(400),
                LeaseRenewal = TimeSpan.FromMilliseconds(300),
            });

        (await worker.RunOnceAsync(Stop)).ShouldBe(JobState.Done);

        job.Runs.ShouldBe(1);
        (await bench.ResultAsync())!.Status.ShouldBe(JobStatus.Succeeded);
        (await bench.MessagesLeftAsync()).ShouldBe(0);
    }

    [Fact]
    public async Task RunOnce_MessageIsGone_DropsTheWorkAndWritesNothing()
    {
        using var bench = new WorkerBench(azurite, "gone");
        await bench.SubmitAsync();
        var job = new ScriptedJob((_, _, token) =>
        {
            bench.JobQueue.ClearMessages(Stop);
            token.WaitHandle.WaitOne(TimeSpan.FromSeconds(10)).ShouldBeTrue("the lost message ends the work");
            token.ThrowIfCancellationRequested();
        });
        GpuWorker worker = bench.Worker(job, options => options with { MessageRenewal = TimeSpan.FromMilliseconds(200) });

        (await worker.RunOnceAsync(Stop)).ShouldBe(JobState.Lost);

        (await bench.ResultAsync()).ShouldBeNull();
        (await bench.AnnouncementsAsync()).ShouldBeEmpty();
    }

    [Fact]
    public async Task RunOnce_LeaseIsBroken_DropsTheWorkAndLeavesTheMessage()
    {
        using var bench = new WorkerBench(azurite, "broken");
        await bench.SubmitAsync();
        var job = new ScriptedJob((_, _, token) =>
        {
            bench.JobsContainer.GetBlobClient(BlobNames.JobAttempts("broken")).GetBlobLeaseClient().Break(
                TimeSpan.Zero,
                cancellationToken: Stop);
            token.WaitHandle.WaitOne(TimeSpan.FromSeconds(10)).ShouldBeTrue("the lost lease ends the work");
        });
        GpuWorker worker = bench.Worker(job, options => options with { LeaseRenewal = TimeSpan.FromMilliseconds(200) });

        (await worker.RunOnceAsync(Stop)).ShouldBe(JobState.Lost);

        (await bench.ResultAsync()).ShouldBeNull();
        (await bench.MessagesLeftAsync()).ShouldBe(1);
    }

    [Fact]
    public async Task RunOnce_AnotherWorkerCommitsFirst_AdoptsItsResult()
    {
        using var bench = new WorkerBench(azurite, "race");
        await bench.SubmitAsync();
        var winner = new JobResult(
            1,
            "race",
            JobKind.Label,
            JobStatus.Succeeded,
            7,
            null,
            [],
            new Dictionary<string, double>(StringComparer.Ordinal),
            new JobTimes(DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch));
        var job = new ScriptedJob((_, _, _) =>
            bench.Blobs.PutJsonIfAbsentAsync(ContainerNames.Jobs, BlobNames.JobResult("race"), winner, Stop).Wait(Stop));

        (await bench.Worker(job).RunOnceAsync(Stop)).ShouldBe(JobState.Done);

        (await bench.ResultAsync())!.Attempt.ShouldBe(7);
        (await bench.AnnouncementsAsync()).Count.ShouldBe(1);
    }

    [Fact]
    public async Task RunOnce_InputWasChanged_FailsAndNamesIt()
    {
        using var bench = new WorkerBench(azurite, "changed");
        await bench.SubmitAsync();
        await azurite.Blobs.GetBlobContainerClient(ContainerNames.Config).GetBlobClient("labels-changed.yaml").UploadAsync(
            BinaryData.FromString("other"),
            overwrite: true,
            Stop);

        (await bench.Worker(s_good).RunOnceAsync(Stop)).ShouldBe(JobState.Done);

        JobResult result = (await bench.ResultAsync())!;
        result.Status.ShouldBe(JobStatus.Failed);
        result.Error!.ShouldContain("config/labels-changed.yaml");
        result.Error!.ShouldContain("SHA-256");
    }

    [Fact]
    public async Task RunOnce_NoJobMessage_IsPutAside()
    {
        using var bench = new WorkerBench(azurite, "none");
        await bench.SubmitAsync(withMessage: false);
        await bench.JobQueue.SendMessageAsync("{\"schemaVersion\":99}", Stop);

        (await bench.Worker(s_good).RunOnceAsync(Stop)).ShouldBe(JobState.Done);

        (await bench.MessagesLeftAsync()).ShouldBe(0);
        QueueMessage aside = await bench.PoisonQueue.ReceiveMessageAsync(cancellationToken: Stop);
        aside.MessageText.ShouldBe("{\"schemaVersion\":99}");
    }

    [Fact]
    public async Task Queues_TextOnTheWire_IsPlainJsonForAClientWithoutEncoding()
    {
        using var bench = new WorkerBench(azurite, "wire");
        await bench.SubmitAsync();
        await bench.Worker(s_good).RunOnceAsync(Stop);

        // As the Functions host reads it with host.json's messageEncoding none, and not as it would with base64.
        var plain = new QueueClient(
            azurite.Storage.ConnectionString,
            QueueNames.GpuResults,
            new QueueClientOptions { MessageEncoding = QueueMessageEncoding.None });
        PeekedMessage peeked = await plain.PeekMessageAsync(Stop);
        ContractJson.Deserialize<ResultMessage>(peeked.MessageText).JobId.ShouldBe("wire");
        peeked.MessageText.ShouldStartWith("{");

        var base64 = new QueueClient(
            azurite.Storage.ConnectionString,
            QueueNames.GpuResults,
            new QueueClientOptions { MessageEncoding = QueueMessageEncoding.Base64 });
        await Should.ThrowAsync<FormatException>(() => base64.PeekMessageAsync(Stop));
    }

    [Fact]
    public async Task Queues_Base64Message_IsPutAsideAndNotTakenForAJob()
    {
        using var bench = new WorkerBench(azurite, "base64");
        await bench.SubmitAsync(withMessage: false);
        string wrong = Convert.ToBase64String(Encoding.UTF8.GetBytes(ContractJson.Serialize(bench.Message!)));
        await bench.JobQueue.SendMessageAsync(wrong, Stop);
        var job = new ScriptedJob((_, _, _) => { });

        (await bench.Worker(job).RunOnceAsync(Stop)).ShouldBe(JobState.Done);
        job.Runs.ShouldBe(0);
        (await bench.MessagesLeftAsync()).ShouldBe(0);
        (await bench.PoisonQueue.ReceiveMessageAsync(cancellationToken: Stop)).Value.MessageText.ShouldBe(wrong);
    }
}
