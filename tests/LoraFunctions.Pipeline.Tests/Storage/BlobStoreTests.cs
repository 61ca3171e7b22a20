using System.Text;
using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Models;
using Azure.Storage.Queues;
using Azure.Storage.Queues.Models;
using LoraFunctions.Pipeline.Storage;
using LoraFunctions.Support;

[assembly: AssemblyFixture(typeof(AzuriteFixture))]

namespace LoraFunctions.Pipeline.Tests.Storage;

/// <summary>Every operation of the storage under faults, and what lies beside a blob as its digest.</summary>
public sealed class BlobStoreTests(AzuriteFixture azurite) : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private BlobContainerClient Config => azurite.Blobs.GetBlobContainerClient(ContainerNames.Config);

    public void Dispose() => _folder.Dispose();

    /// <summary>Each gives what it came to, without what differs from name to name.</summary>
    private Dictionary<string, Func<BlobStore, string, Task<string>>> Operations => new()
    {
        ["ensure"] = async (blobs, _) =>
        {
            await blobs.EnsureContainersAsync(Stop);
            return "";
        },
        ["put"] = async (blobs, name) => (await blobs.PutIfAbsentAsync(ContainerNames.Config, name, "text"u8.ToArray(), null, Stop)).Ref.Sha256,
        ["put-taken"] = async (blobs, name) =>
        {
            await Config.GetBlobClient(name).UploadAsync(BinaryData.FromString("another's"), overwrite: true, Stop);
            var stored = await blobs.PutIfAbsentAsync(ContainerNames.Config, name, "text"u8.ToArray(), null, Stop);
            return $"{stored.Created} {stored.Ref.Sha256}";
        },
        ["put-file"] = async (blobs, name) =>
            (await blobs.PutFileIfAbsentAsync(ContainerNames.Config, name, _folder.Write("file", "a file"), null, Stop)).Ref.Sha256,
        ["replace"] = async (blobs, name) =>
        {
            var first = (await blobs.TryReplaceAsync(ContainerNames.Config, name, "1"u8.ToArray(), there: null, BlobHeaders.Json, Stop)).ShouldNotBeNull();
            var second = (await blobs.TryReplaceAsync(ContainerNames.Config, name, "2"u8.ToArray(), first, BlobHeaders.Json, Stop)).ShouldNotBeNull();
            var late = await blobs.TryReplaceAsync(ContainerNames.Config, name, "3"u8.ToArray(), first, BlobHeaders.Json, Stop);
            return $"{second.Sha256} {late}";
        },
        ["swap"] = async (blobs, name) =>
        {
            await blobs.SwapJsonAsync<Dictionary<string, int>>(ContainerNames.Config, name, there => new() { ["n"] = (there?["n"] ?? 0) + 1 }, Stop);
            await blobs.SwapJsonAsync<Dictionary<string, int>>(ContainerNames.Config, name, there => new() { ["n"] = (there?["n"] ?? 0) + 1 }, Stop);
            return $"{(await blobs.TryReadJsonAsync<Dictionary<string, int>>(ContainerNames.Config, name, Stop))?["n"]}";
        },
        ["stat"] = async (blobs, name) =>
        {
            await Config.GetBlobClient(name).UploadAsync(BinaryData.FromString("another's"), overwrite: true, Stop);
            return (await blobs.StatAsync(ContainerNames.Config, name, Stop)).ShouldNotBeNull().Sha256;
        },
        ["stat-missing"] = async (blobs, name) => $"{await blobs.StatAsync(ContainerNames.Config, name, Stop)}",
        ["exists"] = async (blobs, name) =>
        {
            await Config.GetBlobClient(name).UploadAsync(BinaryData.FromString("x"), overwrite: true, Stop);
            return $"{await blobs.ExistsAsync(ContainerNames.Config, name, Stop)} {await blobs.ExistsAsync(ContainerNames.Config, name + "-none", Stop)}";
        },
        ["read"] = async (blobs, name) =>
        {
            await Config.GetBlobClient(name).UploadAsync(BinaryData.FromString("a text"), overwrite: true, Stop);
            var blob = new BlobRef(ContainerNames.Config, name, "", Digests.OfText("a text"));
            return Encoding.UTF8.GetString((await blobs.ReadAsync(blob, Stop)).Span);
        },
        ["read-missing"] = async (blobs, name) => $"{await blobs.TryReadAsync(ContainerNames.Config, name, Stop)}",
        ["download"] = async (blobs, name) =>
        {
            await Config.GetBlobClient(name).UploadAsync(BinaryData.FromString("a text"), overwrite: true, Stop);
            await blobs.DownloadAsync(new BlobRef(ContainerNames.Config, name, "", Digests.OfText("a text")), _folder.Below("down"), Stop);
            return await File.ReadAllTextAsync(_folder.Below("down"), Stop);
        },
        ["list"] = async (blobs, name) =>
        {
            await Config.GetBlobClient($"{name}/a").UploadAsync(BinaryData.FromString("x"), overwrite: true, Stop);
            return string.Join(' ', (await blobs.ListAsync(ContainerNames.Config, name, Stop)).Select(entry => entry.Length));
        },
        ["folders"] = async (blobs, name) =>
        {
            await Config.GetBlobClient($"{name}/a").UploadAsync(BinaryData.FromString("x"), overwrite: true, Stop);
            return $"{(await blobs.ListFoldersAsync(ContainerNames.Config, Stop)).Contains(name)}";
        },
        ["remove"] = async (blobs, name) =>
        {
            await Config.GetBlobClient(name).UploadAsync(BinaryData.FromString("x"), overwrite: true, Stop);
            await blobs.RemoveAsync(ContainerNames.Config, name, Stop);
            return $"{(await Config.GetBlobClient(name).ExistsAsync(Stop)).Value}";
        },
        ["result"] = async (blobs, name) => $"{await new JobStore(blobs).ResultAsync(name, Stop)}",
        ["spec"] = async (blobs, name) =>
        {
            await blobs.PutJsonIfAbsentAsync(ContainerNames.Jobs, BlobNames.JobSpec(name), new Dictionary<string, int> { ["n"] = 1 }, Stop);
            return $"{(await new JobStore(blobs).SpecAsync<Dictionary<string, int>>(name, Stop))["n"]}";
        },
    };

    /// <summary>Every request of every operation in turn: the clients try again, and it comes to the same.</summary>
    [Theory]
    [InlineData(Fault.Refused)]
    [InlineData(Fault.Busy)]
    [InlineData(Fault.AnswerLost)]
    [InlineData(Fault.Twice)]
    public async Task AnyOperation_AnyOfItsRequestsMeetsAFault_ComesToTheSame(Fault fault)
    {
        foreach (var (name, operation) in Operations)
        {
            var expected = await operation(Blobs(new FaultyTransport()), $"{name}-{fault}");
            for (var request = 0; ; request++)
            {
                var transport = new FaultyTransport().On(which: null, fault, after: request);
                (await operation(Blobs(transport), $"{name}-{fault}-{request}")).ShouldBe(expected, $"{name}, request {request}");
                if (transport.Met == 0)
                {
                    request.ShouldBeGreaterThan(0);
                    break;
                }
            }
        }
    }

    /// <summary>No tries are left: what is thrown names the storage, says what is kept and is known as passing.</summary>
    [Fact]
    public async Task AnyOperation_StorageIsGone_SaysWhichWhyAndWhatToDo()
    {
        foreach (var (name, operation) in Operations)
        {
            var transport = new FaultyTransport().On(which: null, Fault.Refused, times: int.MaxValue);
            var exception = await Should.ThrowAsync<StorageUnreachableException>(() => operation(Blobs(transport), $"gone-{name}"));
            exception.Message.ShouldStartWith($"The storage at {azurite.Blobs.Uri.ToString().TrimEnd('/')} cannot be reached (Connection refused). What is done so far is kept");
            StorageFaults.IsTransient(exception).ShouldBeTrue();
        }
    }

    [Fact]
    public async Task AnyOperation_ItsRequestsHang_EndsAfterTheirTimeLimit()
    {
        foreach (var (name, operation) in Operations)
        {
            var transport = new FaultyTransport().On(which: null, Fault.Hangs, times: int.MaxValue);
            var blobs = new BlobStore(StorageClients.Blobs(azurite.Storage, options =>
            {
                transport.UseWithoutRetries(options);
                options.Retry.NetworkTimeout = TimeSpan.FromMilliseconds(100);
            }));
            await Should.ThrowAsync<StorageUnreachableException>(() => operation(blobs, $"hung-{name}"));
        }
    }

    [Theory]
    [InlineData(Fault.Refused)]
    [InlineData(Fault.Busy)]
    [InlineData(Fault.AnswerLost)]
    [InlineData(Fault.Twice)]
    public async Task Queue_ARequestMeetsAFault_TheMessageComesAtLeastOnce(Fault fault)
    {
        var message = new JobMessage(1, $"queue-{fault.ToString().ToLowerInvariant()}", JobKind.Train, "x", "done-1", new BlobRef("jobs", "s", "e", "h"), null);
        var queue = new JobQueue(StorageClients.Queues(azurite.Storage, new FaultyTransport().On(which: null, fault).Use));
        await queue.EnsureQueuesAsync(Stop);
        await new JobQueue(StorageClients.Queues(azurite.Storage, new FaultyTransport().On(which: null, fault).Use)).SendAsync(message, Stop);

        QueueMessage[] came = await azurite.Queues.GetQueueClient(QueueNames.GpuJobs).ReceiveMessagesAsync(maxMessages: 32, cancellationToken: Stop);
        came.Select(one => one.MessageText).ShouldContain(ContractJson.Serialize(message));
    }

    [Theory]
    [InlineData("another")]
    [InlineData("as long.")]
    public async Task Stat_EditedInPlaceByAToolThatKeepsMetadata_HasItsNewDigest(string edited)
    {
        var blobs = Blobs(new FaultyTransport());
        var name = $"edited-{edited.Length}";
        await blobs.PutIfAbsentAsync(ContainerNames.Config, name, "as it is"u8.ToArray(), headers: null, Stop);
        var blob = Config.GetBlobClient(name);
        var metadata = (await blob.GetPropertiesAsync(cancellationToken: Stop)).Value.Metadata;

        await blob.UploadAsync(BinaryData.FromString(edited), new BlobUploadOptions { Metadata = metadata }, Stop);

        (await blobs.StatAsync(ContainerNames.Config, name, Stop)).ShouldNotBeNull().Sha256.ShouldBe(Digests.OfText(edited));
        (await blobs.PutIfAbsentAsync(ContainerNames.Config, name, "as it is"u8.ToArray(), headers: null, Stop)).Ref.Sha256.ShouldBe(Digests.OfText(edited));
    }

    [Fact]
    public async Task Stat_OursOrLookedAtBefore_ReadsNoContentAgain()
    {
        var transport = new FaultyTransport();
        var blobs = Blobs(transport);
        await blobs.PutIfAbsentAsync(ContainerNames.Config, "known/ours", "ours"u8.ToArray(), headers: null, Stop);
        await Config.GetBlobClient("known/others").UploadAsync(BinaryData.FromString("another's"), overwrite: true, Stop);
        for (var look = 0; look < 3; look++)
        {
            await blobs.StatAsync(ContainerNames.Config, "known/ours", Stop);
            await blobs.StatAsync(ContainerNames.Config, "known/others", Stop);
        }

        transport.Sent.Count(sent => sent.StartsWith("GET", StringComparison.Ordinal)).ShouldBe(1);
    }

    [Fact]
    public async Task List_NameHoldsAControlCharacter_SaysSoOrTakesIt()
    {
        var container = azurite.Blobs.GetBlobContainerClient("odd-names");
        await container.CreateIfNotExistsAsync(cancellationToken: Stop);
        await container.GetBlobClient("1001/\u0001.jpg").UploadAsync(BinaryData.FromString("x"), overwrite: true, Stop);

        var exception = await Should.ThrowAsync<InvalidDataException>(() => Blobs(new FaultyTransport()).ListAsync("odd-names", "", Stop));

        exception.Message.ShouldContain("'odd-names'");
        exception.Message.ShouldContain("a name there holds a control character. Rename or remove that blob.");
    }

    [Fact]
    public void Uri_OfASharedAccess_IsWithoutItsSignature()
    {
        var service = new BlobServiceClient(new Uri("https://cars.blob.core.windows.net/?sv=2024&sig=secret"));
        new BlobStore(service).Uri.ToString().ShouldBe("https://cars.blob.core.windows.net/");
    }

    private BlobStore Blobs(FaultyTransport transport) => new(StorageClients.Blobs(azurite.Storage, transport.Use));
}
