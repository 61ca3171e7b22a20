using System.Diagnostics;
using System.Globalization;
using Azure.Storage.Blobs;
using Azure.Storage.Queues;
using LoraFunctions.Cli.Azurite;
using LoraFunctions.EndToEnd.Nightly;
using LoraFunctions.Pipeline;
using LoraFunctions.Pipeline.Storage;

namespace LoraFunctions.EndToEnd.Worker;

/// <summary>The worker as a container runs it: a process with its settings in the environment.</summary>
public sealed class WorkerProcessTests(PeacefulNight peaceful, ITestOutputHelper output)
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Loop_ToldToStopWhileItTrains_LeavesTheMessageAndTheNextOneEndsWithTheSameLora()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() || OperatingSystem.IsMacOS(), "SIGTERM is sent as on Linux.");
        await peaceful.EnsureAsync();
        using var temporary = new TemporaryFolder();
        temporary.CopyFrom(Path.Combine(peaceful.Folder, "storage"), "storage");
        await using AzuriteServer azurite = await AzuriteServer.StartInFolderAsync(temporary.Below("storage"), cancellationToken: Stop);
        var storage = new StorageOptions { ConnectionString = azurite.ConnectionString };
        QueueServiceClient queues = StorageClients.Queues(storage);
        var blobs = new BlobStore(StorageClients.Blobs(storage));
        JobResult trained = await TrainedAsync(blobs);
        JobMessage message = await SubmitAgainAsync(blobs, queues, trained.JobId);

        using (Process loop = Start(temporary.Below("loop"), azurite, "--loop"))
        {
            while (!(await blobs.ListAsync(ContainerNames.Jobs, BlobNames.JobCheckpoints(message.JobId), Stop))
                .Any(blob => blob.Name.EndsWith("/checkpoint-00000004.safetensors", StringComparison.Ordinal)))
            {
                loop.HasExited.ShouldBeFalse();
                await Task.Delay(10, Stop);
            }

            await SendTerminationAsync(loop);
            await loop.WaitForExitAsync(Stop);
            loop.ExitCode.ShouldBe(0);
        }

        (await ResultAsync(blobs, message.JobId)).ShouldBeNull();
        (await queues.GetQueueClient(QueueNames.GpuJobs).PeekMessageAsync(Stop)).Value
            .ShouldNotBeNull("it is given back at once").DequeueCount.ShouldBe(1);

        using (Process once = Start(temporary.Below("once"), azurite, "--once"))
        {
            await once.WaitForExitAsync(Stop);
            once.ExitCode.ShouldBe(0);
        }

        JobResult result = (await ResultAsync(blobs, message.JobId)).ShouldNotBeNull();
        result.Status.ShouldBe(JobStatus.Succeeded, result.Error);
        result.Attempt.ShouldBe(2);
        Lora(result).ShouldBe(Lora(trained));
        QueueClient results = queues.GetQueueClient(QueueNames.GpuResults);
        string announced = (await results.ReceiveMessageAsync(cancellationToken: Stop)).Value.MessageText;
        ContractJson.DeserializeResultMessage(announced).ShouldBe(
            new ResultMessage(1, message.JobId, message.InstanceId, message.EventName));
    }

    [Theory]
    [InlineData("", "'' is none of --once, --drain, --loop")]
    [InlineData("--twice", "'--twice' is none of --once, --drain, --loop")]
    public async Task Start_WrongArgument_SaysWhichAndEndsWithTwo(string argument, string expected)
    {
        using Process process = Start(Path.GetTempPath(), azurite: null, argument.Length == 0 ? [] : [argument]);
        string error = await process.StandardError.ReadToEndAsync(Stop);
        await process.WaitForExitAsync(Stop);
        process.ExitCode.ShouldBe(2);
        error.ShouldContain(expected);
    }

    [Fact]
    public async Task Start_WrongSettings_NamesThemAllAndEndsWithTwo()
    {
        using Process process = Start(
            Path.GetTempPath(),
            azurite: null,
            ["--once"],
            ("Worker__Visibility", "00:00:30"),
            ("Worker__LeaseDuration", "00:05:00"));
        string error = await process.StandardError.ReadToEndAsync(Stop);
        await process.WaitForExitAsync(Stop);
        process.ExitCode.ShouldBe(2);
        error.ShouldContain("LeaseDuration");
        error.ShouldContain("LoraStorage");
    }

    private static async Task<JobResult> TrainedAsync(BlobStore blobs)
    {
        IReadOnlyList<string> jobs = await blobs.ListFoldersAsync(ContainerNames.Jobs, Stop);
        return (await ResultAsync(blobs, jobs.First(job => job.StartsWith("train-", StringComparison.Ordinal)))).ShouldNotBeNull();
    }

    /// <summary>The same training under another name.</summary>
    private static async Task<JobMessage> SubmitAgainAsync(BlobStore blobs, QueueServiceClient queues, string jobId)
    {
        TrainJobSpec spec =
            (await blobs.TryReadJsonAsync<TrainJobSpec>(ContainerNames.Jobs, BlobNames.JobSpec(jobId), Stop)).ShouldNotBeNull();
        TrainJobSpec again = JobIds.Named(spec, "once more");
        StoredBlob stored = await blobs.PutJsonIfAbsentAsync(ContainerNames.Jobs, BlobNames.JobSpec(again.JobId), again, Stop);
        var message = new JobMessage(
            JobMessage.CurrentSchemaVersion,
            again.JobId,
            JobKind.Train,
            "by-hand:train",
            "done-1",
            stored.Ref,
            Traceparent: null);
        await queues.GetQueueClient(QueueNames.GpuJobs).ClearMessagesAsync(Stop);
        await new JobQueue(queues).EnsureQueuesAsync(Stop); // a local night has another result queue
        await queues.GetQueueClient(QueueNames.GpuResults).ClearMessagesAsync(Stop);
        await new JobQueue(queues).SendAsync(message, Stop);
        return message;
    }

    private static Task<JobResult?> ResultAsync(BlobStore blobs, string jobId) =>
        blobs.TryReadJsonAsync<JobResult>(ContainerNames.Jobs, BlobNames.JobResult(jobId), Stop);

    private static string Lora(JobResult result) =>
        result.Artefacts.Single(artefact => artefact.Name.EndsWith(".safetensors", StringComparison.Ordinal)).Sha256;

    private Process Start(string folder, AzuriteServer? azurite, string argument) => Start(folder, azurite, [argument]);

    private Process Start(string folder, AzuriteServer? azurite, string[] arguments, params (string Name, string Value)[] settings)
    {
        var start = new ProcessStartInfo("dotnet") { RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false };
        start.ArgumentList.Add(Path.Combine(AppContext.BaseDirectory, "LoraFunctions.Worker.dll"));
        foreach (string argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        start.Environment["OMP_NUM_THREADS"] = "1";
        start.Environment["Worker__Folder"] = folder;
        if (azurite is not null)
        {
            start.Environment["LoraStorage__ConnectionString"] = azurite.ConnectionString;
        }

        foreach ((string name, string value) in settings)
        {
            start.Environment[name] = value;
        }

        Process process = Process.Start(start)!;
        process.OutputDataReceived += (_, line) => output.WriteLine(line.Data ?? string.Empty);
        process.BeginOutputReadLine();
        return process;
    }

    private static async Task SendTerminationAsync(Process process)
    {
        using Process kill = Process.Start("kill", ["-TERM", process.Id.ToString(CultureInfo.InvariantCulture)]);
        await kill.WaitForExitAsync(Stop);
        kill.ExitCode.ShouldBe(0);
    }
}
