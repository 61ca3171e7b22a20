using LoraFunctions.Diffusion.Training;
using Shouldly;
using Xunit;
using static TorchSharp.torch;

namespace LoraFunctions.Diffusion.Tests.Training;

public sealed class TrainingDrawTests
{
    private const int Draws = 400;
    private const double Mean = 3;
    private const double Deviation = 0.5;

    private static readonly DiffusionObjective s_objective = new();

    [Fact]
    public void Of_OnePictureAtManyPositions_IsSampledAnewEachTimeFromItsDistribution()
    {
        using var scope = NewDisposeScope();

        var values = Latents(new LoraTrainingOptions(), mirrored: null);

        values.Distinct().Count().ShouldBe(Draws);
        values.Average().ShouldBe(Mean, 0.1);
        Math.Sqrt(values.Average(v => Math.Pow(v - Mean, 2))).ShouldBe(Deviation, 0.05);
        Latents(new LoraTrainingOptions(), mirrored: null).ShouldBe(values, "the position decides");
    }

    [Fact]
    public void Of_MirroredPicture_IsTakenAboutHalfTheTimes()
    {
        using var scope = NewDisposeScope();

        Latents(new LoraTrainingOptions(), mirrored: -Mean).Count(v => v < 0).ShouldBeInRange(Draws * 2 / 5, Draws * 3 / 5);
        Latents(new LoraTrainingOptions(), mirrored: null).ShouldAllBe(v => v > 0);
    }

    /// <summary>The first value of the picture's latents, unscaled, at every position.</summary>
    private static double[] Latents(LoraTrainingOptions options, double? mirrored)
    {
        var example = new TrainingExample
        {
            Name = "a.png",
            Caption = "car",
            Latents = Distribution(Mean),
            Mirrored = mirrored is { } mean ? Distribution(mean) : null,
        };
        return
        [
            .. Enumerable.Range(0, Draws).Select(position =>
                TrainingDraw.Of([example], [0], options, s_objective, position).Latents[0, 0, 0, 0].item<float>() / s_objective.LatentScale),
        ];
    }

    private static LatentDistribution Distribution(double mean) =>
        new(full([4, 2, 2], mean, ScalarType.Float32), full([4, 2, 2], 2 * Math.Log(Deviation), ScalarType.Float32));
}
