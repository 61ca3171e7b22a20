using System.Text;
using LoraFunctions.Pipeline.Storage;
using LoraFunctions.Support;
using LoraFunctions.Worker.Storage;
using Microsoft.Extensions.Logging.Abstractions;
using Shouldly;
using Xunit;

namespace LoraFunctions.Worker.Tests.Storage;

public sealed class ContentCacheTests(AzuriteFixture azurite) : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly TestClock _clock = new();
    private readonly FaultyTransport _transport = new();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Fetch_MoreThanTheLimit_RemovesWhatWasNotUsedForLongestAndNeverWhatIsInUse()
    {
        ContentCache cache = Cache(maxBytes: 25);
        BlobRef[] blobs = await Task.WhenAll(Enumerable.Range(0, 5).Select(i => PutAsync($"file {i}..")));
        foreach (BlobRef blob in blobs)
        {
            await FetchAsync(cache, blob);
        }

        Kept(blobs).ShouldBe([0, 1, 2, 3, 4], "the job has them all");
        cache.Release();
        Kept(blobs).ShouldBe([2, 3, 4]);
        await FetchAsync(cache, blobs[2]);
        cache.Release();
        await FetchAsync(cache, blobs[0]);
        Kept(blobs).ShouldBe([0, 2, 4]);
    }

    [Fact]
    public async Task Fetch_IsThere_IsDownloadedOnceAlsoByTheNextProcess()
    {
        BlobRef blob = await PutAsync("a base model");
        await FetchAsync(Cache(), blob);
        ContentCache next = Cache();
        await FetchAsync(next, blob);
        await FetchAsync(next, blob);
        _transport.Sent.Count(sent => sent.StartsWith("GET", StringComparison.Ordinal)).ShouldBe(1);
    }

    [Fact]
    public async Task Fetch_FileIsDamaged_IsDownloadedAgain()
    {
        BlobRef blob = await PutAsync("weights");
        string path = await FetchAsync(Cache(), blob);
        await File.WriteAllTextAsync(path, "w", Stop);
        (await File.ReadAllTextAsync(await FetchAsync(Cache(), blob), Stop)).ShouldBe("weights");
    }

    [Fact]
    public void Release_DownloadThatWasKilled_IsRemoved()
    {
        string left = _folder.Write("cache/ab/" + new string('a', 64) + ".tmp", "half");
        Cache().Release();
        File.Exists(left).ShouldBeFalse();
    }

    private ContentCache Cache(long maxBytes = long.MaxValue) =>
        new(new BlobStore(StorageClients.Blobs(azurite.Storage, _transport.Use)), _folder.Below("cache"), maxBytes, _clock, NullLogger.Instance);

    private async Task<string> FetchAsync(ContentCache cache, BlobRef blob)
    {
        _clock.Advance(TimeSpan.FromMinutes(1));
        return await cache.FetchAsync(blob, Stop);
    }

    private async Task<BlobRef> PutAsync(string text) =>
        (await new BlobStore(azurite.Blobs).PutIfAbsentAsync(ContainerNames.BaseModels, $"cache/{text}", Encoding.UTF8.GetBytes(text), headers: null, Stop)).Ref;

    /// <summary>Which of them are on the disk.</summary>
    private int[] Kept(BlobRef[] blobs) =>
        [.. Enumerable.Range(0, blobs.Length).Where(i => File.Exists(_folder.Below("cache", blobs[i].Sha256[..2], blobs[i].Sha256)))];
}
