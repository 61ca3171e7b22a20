using LoraFunctions.Cli.Costs;
using Shouldly;
using Xunit;

namespace LoraFunctions.Cli.Tests.Commands;

public sealed class CostCommandTests
{
    private static readonly NightCostInput s_night = new(
        Models: 1000, StepSeconds: 0.04, Photos: 60, NewPhotos: 20, Pictures: 4, PictureSeconds: null, Gpus: 1, Hours: 6, GpuPrice: 2);

    /// <summary>By hand: 225 steps of 0.04 s and 20 s around them are 29 s a model; labels 1,000 s, pictures 800 s.</summary>
    [Fact]
    public void Of_AThousandModels_IsTheArithmeticOnPaper()
    {
        Value(s_night, "trainings").ShouldBe(1000 * 29.0 / 60, 0.001);
        Value(s_night, "labels").ShouldBe(1000 / 60.0, 0.001);
        Value(s_night, "pictures").ShouldBe(800 / 60.0, 0.001);
        Value(s_night, "night").ShouldBe(30_800 / 3600.0, 0.001);
        Value(s_night, "GPUs").ShouldBe(2);
        Value(s_night, "GPU").ShouldBe(30_800 / 3600.0 * 2, 0.001);
        Value(s_night, "engine's calls").ShouldBe(8.45 * ((2000 * 5) + (1000 * 6) + (4000 * 3)), 0.1);
        Value(s_night, "blobs written").ShouldBe(40_000 + 30_000 + 8_000);
        Value(s_night, "blobs read").ShouldBe(40_000 + 60_000 + 12_000);
        Value(s_night, "growth").ShouldBe(30 * (80_000 + 3_200 + 2_400) / 1000.0, 0.001);
        Value(s_night, "idle").ShouldBe(5.184, 0.001);
    }

    [Fact]
    public void Of_TwiceTheGpus_IsHalfTheTimeAtTheSamePrice()
    {
        var twice = s_night with { Gpus = 2 };
        Value(twice, "night").ShouldBe(Value(s_night, "night") / 2, 1e-9);
        Value(twice, "a month").ShouldBe(Value(s_night, "a month"), 1e-9);
    }

    [Fact]
    public void Of_NoPictures_HasNoPriceOfOne() => Value(s_night with { Pictures = 0 }, "a picture").ShouldBe(0);

    [Fact]
    public async Task Cost_Printed_HasValuesAndFormulas()
    {
        var run = await CliRun.Of("cost", "--models", "1000", "--step-seconds", "0.04", "--gpu-price", "2");

        run.ExitCode.ShouldBe(0);
        run.Out.ShouldContain("1000 x (20 s + 225 steps x 0.04 s); 60 photos x 15 epochs / 4");
        run.Out.ShouldContain("GB a month");
        run.Out.ShouldContain("https://learn.microsoft.com/azure/storage/blobs/blob-storage-estimate-costs");
    }

    [Fact]
    public async Task Cost_Nonsense_IsToldAllAtOnce()
    {
        var run = await CliRun.Of("cost", "--models", "0", "--step-seconds", "-1", "--gpu-price", "NaN", "--gpus", "0");

        run.ExitCode.ShouldBe(2);
        run.ErrorLines.Length.ShouldBe(4);
    }

    private static double Value(NightCostInput night, string what) => NightCost.Of(night).Single(line => line.What == what).Value;
}
