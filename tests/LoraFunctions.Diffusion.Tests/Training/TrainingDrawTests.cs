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

        var values = Latents();

        values.Distinct().Count().ShouldBe(Draws);
        values.Average().ShouldBe(Mean, 0.1);
        Math.Sqrt(values.Average(v => Math.Pow(v - Mean, 2))).ShouldBe(Deviation, 0.05);
        Latents().ShouldBe(values, "the position decides");
    }

    [Fact]
    public void Of_MirroredPicture_IsShownAboutHalfOfTheTimes()
    {
        using var scope = NewDisposeScope();
        var (seen, mirrored) = (ones(4, 2, 3), zeros(4, 2, 3));
        var example = new TrainingExample
        {
            Name = "a.png", Caption = "car", Latents = new LatentDistribution(seen, TensorMath.Filled([4, 2, 3], -60)), Mirrored = new LatentDistribution(mirrored, TensorMath.Filled([4, 2, 3], -60)),
        };

        double[] Shown(TrainingExample picture) =>
            [.. Enumerable.Range(0, Draws).Select(p => TrainingDraw.Of([picture], [0], new LoraTrainingOptions(), s_objective, p).Latents.mean().item<float>() / s_objective.LatentScale)];

        var sums = Shown(example);
        sums.ShouldAllBe(s => Math.Abs(s) < 1e-5 || Math.Abs(s - 1) < 1e-5);
        sums.Count(s => s < 0.5).ShouldBeInRange(Draws * 2 / 5, Draws * 3 / 5);
        Shown(example with { Mirrored = null }).ShouldAllBe(s => s > 0.99);
    }

    [Fact]
    public void Of_NoiseOffset_MovesEachChannelAsAWhole()
    {
        using var scope = NewDisposeScope();
        var example = new TrainingExample { Name = "a.png", Caption = "car", Latents = new LatentDistribution(zeros(4, 16, 16), zeros(4, 16, 16)) };
        Tensor Noise(double offset, long position) => TrainingDraw.Of([example, example], [0, 1], new LoraTrainingOptions { NoiseOffset = offset }, s_objective, position).Noise;
        var moved = stack([.. Enumerable.Range(0, 50).Select(p => Noise(0.1, p) - Noise(0, p))]);

        moved.std([3, 4]).max().item<float>().ShouldBeLessThan(1e-6f);
        moved.mean([3, 4]).std().item<float>().ShouldBe(0.1f, 0.015f);
    }

    /// <summary>The first value of the picture's latents, unscaled, at every position.</summary>
    private static double[] Latents()
    {
        var distribution = new LatentDistribution(TensorMath.Filled([4, 2, 2], Mean), TensorMath.Filled([4, 2, 2], 2 * Math.Log(Deviation)));
        var example = new TrainingExample { Name = "a.png", Caption = "car", Latents = distribution };
        return
        [
            .. Enumerable.Range(0, Draws).Select(position =>
                TrainingDraw.Of([example], [0], new LoraTrainingOptions(), s_objective, position).Latents[0, 0, 0, 0].item<float>() / s_objective.LatentScale),
        ];
    }
}
