using System.Security.Cryptography;
using LoraFunctions.Cli.Models;
using LoraFunctions.Jobs.Tests;
using Shouldly;
using Xunit;

namespace LoraFunctions.Cli.Tests.Models;

public sealed class ModelsPullTests : IAsyncDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly byte[] _content = new byte[300_000];
    private readonly LoopbackFiles _server;

    public ModelsPullTests()
    {
        new Random(1).NextBytes(_content);
        _server = new LoopbackFiles(_content);
    }

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    public async Task Pull_FreshFolder_FetchesAndIsDoneTheSecondTime()
    {
        (await PullAsync()).ExitCode.ShouldBe(0);
        File.ReadAllBytes(Fetched).ShouldBe(_content);

        var again = await PullAsync();

        again.ExitCode.ShouldBe(0);
        again.Out.ShouldContain("is there already");
        _server.Starts.ShouldBe([0]);
    }

    [Fact]
    public async Task Pull_ConnectionBreaks_GoesOnWhereItStopped()
    {
        _server.BreakOff = 1;

        (await PullAsync()).ExitCode.ShouldBe(0);

        File.ReadAllBytes(Fetched).ShouldBe(_content);
        _server.Starts.Count.ShouldBe(2);
        _server.Starts[1].ShouldBeInRange(1, _content.Length - 1);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Pull_PartialFromAnEarlierRun_IsGoneOnWithOrFetchedAnew(bool ranges)
    {
        _server.SupportsRanges = ranges;
        Directory.CreateDirectory(Path.GetDirectoryName(Fetched)!);
        File.WriteAllBytes(Fetched + ".partial", _content[..1000]);

        (await PullAsync()).ExitCode.ShouldBe(0);

        File.ReadAllBytes(Fetched).ShouldBe(_content);
        _server.Starts.ShouldBe([1000]);
        File.Exists(Fetched + ".partial").ShouldBeFalse();
    }

    [Fact]
    public async Task Pull_WholePartial_OnlyVerifies()
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Fetched)!);
        File.WriteAllBytes(Fetched + ".partial", _content);

        (await PullAsync()).ExitCode.ShouldBe(0);

        File.ReadAllBytes(Fetched).ShouldBe(_content);
    }

    [Fact]
    public async Task Pull_OtherContent_IsThrownAwayWithBothHashes()
    {
        _server.Content = [1, 2, 3];

        var run = await PullAsync();

        run.ExitCode.ShouldBe(2);
        run.ErrorLines.ShouldHaveSingleItem().ShouldContain(Convert.ToHexStringLower(SHA256.HashData([1, 2, 3])));
        Directory.EnumerateFiles(Path.GetDirectoryName(Fetched)!).ShouldBeEmpty();
    }

    [Fact]
    public async Task Pull_OtherFileInPlace_IsLeftAlone()
    {
        _folder.Write("models/sd15/model.bin", "mine");

        var run = await PullAsync();

        run.ExitCode.ShouldBe(2);
        run.ErrorLines.ShouldHaveSingleItem().ShouldContain("move it away");
        File.ReadAllText(Fetched).ShouldBe("mine");
    }

    [Fact]
    public async Task Pull_NotFound_NamesTheAddress()
    {
        var run = await PullAsync("other.bin");

        run.ExitCode.ShouldBe(2);
        run.ErrorLines.ShouldHaveSingleItem().ShouldContain("other.bin: the server answers 404");
    }

    [Fact]
    public void Read_TheShippedList_NamesBaseModelAndClipAtFixedRevisions()
    {
        var list = ModelListReader.Read(ShippedConfiguration.Models);

        list.Select(d => d.Path).ShouldContain("sd15/v1-5-pruned.safetensors");
        list.Select(d => d.Path).ShouldContain("clip/model.safetensors");
        list.ShouldAllBe(d => d.Url.Scheme == "https" && !d.Url.AbsolutePath.Contains("/resolve/main/"));
    }

    [Fact]
    public async Task Pull_BadList_NamesAllWithLines()
    {
        var list = _folder.Write(
            "models.yaml",
            "files:\n  - path: ../x\n    url: ftp://x/y\n    sha: 12\n  - path: a\n    url: https://x/y\n    sha256: 12\n"
        );

        var run = await CliRun.Of("models", "pull", "--list", list, "--out", _folder.Below("models"));

        run.ExitCode.ShouldBe(2);
        run.ErrorLines.ShouldBe([
            $"lora: {list}:4: files.sha: there is no such key; there are path, url, sha256. Did you mean 'sha256'?",
            $"lora: {list}:2: files.path: '../x' is no path below the output folder.",
            $"lora: {list}:3: files.url: 'ftp://x/y' is no http or https address.",
            $"lora: {list}:2: files.sha256: '' is no SHA-256; it has 64 hex digits.",
            $"lora: {list}:7: files.sha256: '12' is no SHA-256; it has 64 hex digits.",
        ]);
    }

    private string Fetched => _folder.Below("models", "sd15", "model.bin");

    private Task<CliRun> PullAsync(string name = "model.bin")
    {
        var list = _folder.Write(
            "models.yaml",
            $"files:\n  - path: sd15/model.bin\n    url: {_server.Address}{name}\n    sha256: "
                + $"{Convert.ToHexString(SHA256.HashData(_content))}\n");
        return CliRun.Of("models", "pull", "--list", list, "--out", _folder.Below("models"));
    }
}
