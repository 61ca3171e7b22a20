using Shouldly;
using Xunit;

namespace LoraFunctions.Cli.Tests.Commands;

public sealed class ShowroomCommandTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("lora-showroom-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public async Task Pretrain_UnknownStage_NamesThoseThereAre()
    {
        var run = await CliRun.Of("showroom", "pretrain", "--stage", "unet", "--folder", folder);

        run.ExitCode.ShouldBe(ExitCodes.InvalidInput);
        run.Error.ShouldContain("There is no stage 'unet'; there are vae, clip, unet-64, unet-128, unet-192.");
    }

    [Fact]
    public async Task Pretrain_NothingToStartFrom_SaysWhatComesFirst()
    {
        var run = await CliRun.Of("showroom", "pretrain", "--stage", "unet-192", "--folder", folder);

        run.ExitCode.ShouldBe(ExitCodes.InvalidInput);
        run.Error.ShouldContain("Train unet-128 first");
    }

    [Fact]
    public async Task Draw_MoreModelsThanThereAre_IsRefused()
    {
        var run = await CliRun.Of("showroom", "draw", "--out", folder, "--models", "7");

        run.ExitCode.ShouldBe(ExitCodes.InvalidInput);
        run.Error.ShouldContain("6");
        Directory.EnumerateFileSystemEntries(folder).ShouldBeEmpty();
    }
}
