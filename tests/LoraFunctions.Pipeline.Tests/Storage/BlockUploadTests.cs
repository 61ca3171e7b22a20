using Azure.Storage.Blobs;
using LoraFunctions.Pipeline.Storage;
using LoraFunctions.Support;

namespace LoraFunctions.Pipeline.Tests.Storage;

/// <summary>Files that go in several blocks.</summary>
public sealed class BlockUploadTests(AzuriteFixture azurite) : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task PutFile_BrokenOff_GoesOnWithTheMissingBlocksOnly()
    {
        var path = Large("broken", blocks: 3);
        var broken = new FaultyTransport().On(IsBlock, Fault.Refused, after: 2, times: 1000);
        await Should.ThrowAsync<StorageUnreachableException>(() => PutAsync(broken, "broken", path));

        var transport = new FaultyTransport();
        var stored = await PutAsync(transport, "broken", path);

        stored.Created.ShouldBeTrue();
        transport.Sent.Count(IsBlock).ShouldBe(2, "two of four were there");
        stored.Ref.Sha256.ShouldBe(await Digests.OfFileAsync(path, Stop));
        await new BlobStore(azurite.Blobs).DownloadAsync(stored.Ref, _folder.Below("down"), Stop);
        (await PutAsync(transport, "broken", path)).ShouldBe(stored with { Created = false });
    }

    /// <summary>The file was replaced between two tries: no block of the first one gets in.</summary>
    [Fact]
    public async Task PutFile_AnotherContentThanTheBlocksThere_IsItsOwn()
    {
        var path = Large("replaced", blocks: 2);
        var broken = new FaultyTransport().On(IsBlock, Fault.Refused, after: 2, times: 1000);
        await Should.ThrowAsync<StorageUnreachableException>(() => PutAsync(broken, "replaced", path));
        using (var file = File.OpenWrite(path))
        {
            file.WriteByte(77);
        }

        var stored = await PutAsync(new FaultyTransport(), "replaced", path);

        await new BlobStore(azurite.Blobs).DownloadAsync(stored.Ref, _folder.Below("down"), Stop);
        (await Digests.OfFileAsync(_folder.Below("down"), Stop)).ShouldBe(await Digests.OfFileAsync(path, Stop));
    }

    [Theory]
    [InlineData(Fault.Busy)]
    [InlineData(Fault.AnswerLost)]
    [InlineData(Fault.Twice)]
    public async Task PutFile_AnyRequestMeetsAFault_ComesToTheSame(Fault fault)
    {
        var path = Large("faulty", blocks: 1);
        for (var request = 0; ; request++)
        {
            var transport = new FaultyTransport().On(which: null, fault, after: request);
            (await PutAsync(transport, $"faulty-{fault}-{request}", path)).Ref.Sha256.ShouldBe(await Digests.OfFileAsync(path, Stop));
            if (transport.Met == 0)
            {
                request.ShouldBeGreaterThanOrEqualTo(4, "two blocks, their list, what is there");
                return;
            }
        }
    }

    private static bool IsBlock(string sent) => sent.StartsWith("PUT", StringComparison.Ordinal) && sent.Contains("blockid=", StringComparison.Ordinal);

    private Task<StoredBlob> PutAsync(FaultyTransport transport, string name, string path) =>
        new BlobStore(StorageClients.Blobs(azurite.Storage, transport.Use)).PutFileIfAbsentAsync(ContainerNames.BaseModels, name, path, headers: null, Stop);

    /// <param name="blocks">Whole ones; a short one follows.</param>
    private string Large(string name, int blocks)
    {
        var content = new byte[(blocks * BlockUpload.BlockBytes) + 1000];
        new Random(blocks).NextBytes(content);
        File.WriteAllBytes(_folder.Below(name), content);
        return _folder.Below(name);
    }
}
