using LoraFunctions.Showroom;
using LoraFunctions.Showroom.Scenes;
using Shouldly;
using Xunit;

namespace LoraFunctions.Cli.Tests.Nightly;

/// <summary>A part of what the benchmark "showroom corrections" measures.</summary>
public sealed class CorrectionTrialsTests
{
    [Fact]
    public void Run_FiftyCorrectedPictures_HalveTheErrorsOnUntouchedOnesAndMakeNoGroupWorse()
    {
        var trials = CorrectionTrials.Run(ShowroomModels.Clip, [CorrectionTrials.TradeNames, .. Labels.All], corrected: 50, untouched: 60);

        trials[0].Before.ShouldBeGreaterThan(20);
        (2 * trials[0].After).ShouldBeLessThanOrEqualTo(trials[0].Before);
        trials.ShouldAllBe(trial => trial.After <= trial.Before);
    }
}
