using Azure.Storage.Blobs;
using LoraFunctions.Pipeline.Storage;
using LoraFunctions.Worker.Storage;
using LoraFunctions.Worker.Tests.Support;
using Microsoft.Extensions.Logging.Abstractions;
using Shouldly;
using Xunit;

namespace LoraFunctions.Worker.Tests.Storage;

public sealed class CheckpointsTests(AzuriteFixture azurite) : IDisposable
{
    private const string Log = "log-a.csv";
    private const string Sheet = "samples/a-epoch-005.png";

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("lora-checkpoints-");
    private readonly BlobContainerClient _jobs = azurite.Blobs.GetBlobContainerClient(ContainerNames.Jobs);

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task Upload_FileAsItWas_IsNotSentAgainNotEvenByTheNextAttempt()
    {
        Write(Log, "step,loss\n1,0.5\n");
        Write(Sheet, "a sheet");
        Write("checkpoint-1", "weights");
        Checkpoints checkpoints = Of("unchanged");
        checkpoints.Upload(_folder.FullName, [Log, Sheet, "checkpoint-1"]);
        var (log, sheet) = (Tag("unchanged", Log), Tag("unchanged", Sheet));

        // As many bytes, so that nothing but the content tells.
        Write(Log, "step,loss\n1,0.4\n");
        checkpoints.Upload(_folder.FullName, [Log, Sheet]);

        Tag("unchanged", Sheet).ShouldBe(sheet);
        Tag("unchanged", Log).ShouldNotBe(log);
        _folder.Delete(recursive: true);
        Checkpoints next = Of("unchanged");
        await next.DownloadAsync(_folder.FullName, TestContext.Current.CancellationToken);
        File.ReadAllText(At(Log)).ShouldBe("step,loss\n1,0.4\n");
        next.Upload(_folder.FullName, [Sheet]);
        Tag("unchanged", Sheet).ShouldBe(sheet);
    }

    [Fact]
    public void Upload_FileThatWasRemovedThere_IsSentAgain()
    {
        Write(Sheet, "a sheet");
        Write("checkpoint-1", "weights");
        Checkpoints checkpoints = Of("removed");
        checkpoints.Upload(_folder.FullName, [Sheet, "checkpoint-1"]);
        checkpoints.RemoveOthers(["checkpoint-1"]);

        checkpoints.Upload(_folder.FullName, [Sheet]);

        Tag("removed", Sheet).ShouldNotBeNull();
    }

    private Checkpoints Of(string job) => new(_jobs, job, NullLogger.Instance);

    private string Tag(string job, string name) =>
        _jobs.GetBlobClient(BlobNames.JobCheckpoints(job) + name).GetProperties().Value.ETag.ToString();

    private string At(string name) => Path.Combine(_folder.FullName, name);

    private void Write(string name, string content)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(At(name))!);
        File.WriteAllText(At(name), content);
    }
}
