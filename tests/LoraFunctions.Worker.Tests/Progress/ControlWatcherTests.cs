using Azure.Storage.Blobs;
using LoraFunctions.Pipeline.Storage;
using LoraFunctions.Worker.Progress;
using LoraFunctions.Support;
using Microsoft.Extensions.Logging.Abstractions;
using Shouldly;
using Xunit;

namespace LoraFunctions.Worker.Tests.Progress;

public sealed class ControlWatcherTests(AzuriteFixture azurite) : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("lora-control-");

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task Watch_APersonsWord_ComesToTheFileEachTimeItIsSaidAndNotAfterTheJob()
    {
        BlobContainerClient jobs = azurite.Blobs.GetBlobContainerClient(ContainerNames.Jobs);
        BlobClient word = jobs.GetBlobClient(BlobNames.JobControl("said"));
        string file = Path.Combine(_folder.FullName, "control.json");
        await using (new ControlWatcher(jobs, "said", file, TimeSpan.FromMilliseconds(20), TimeProvider.System, NullLogger.Instance))
        {
            await Task.Delay(100, Stop);
            File.Exists(file).ShouldBeFalse("nobody has said anything");

            await word.UploadAsync(BinaryData.FromString("""{"learningRate": 0.0001, "by": "mei"}"""), overwrite: true, Stop);
            await ComesAsync(file, """{"learningRate": 0.0001, "by": "mei"}""");
            await word.UploadAsync(BinaryData.FromString("""{"stop": true, "by": "li"}"""), overwrite: true, Stop);
            await ComesAsync(file, """{"stop": true, "by": "li"}""");
        }

        await word.UploadAsync(BinaryData.FromString("""{"continue": true}"""), overwrite: true, Stop);
        await Task.Delay(100, Stop);

        (await File.ReadAllTextAsync(file, Stop)).ShouldBe("""{"stop": true, "by": "li"}""");
        _folder.GetFiles().ShouldHaveSingleItem();
    }

    private static async Task ComesAsync(string file, string expected)
    {
        while (!File.Exists(file) || await File.ReadAllTextAsync(file, Stop) != expected)
        {
            await Task.Delay(10, Stop);
        }
    }
}
