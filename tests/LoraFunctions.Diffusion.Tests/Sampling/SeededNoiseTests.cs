using LoraFunctions.Diffusion.Sampling;
using Shouldly;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace LoraFunctions.Diffusion.Tests.Sampling;

public sealed class SeededNoiseTests : IDisposable
{
    private readonly IDisposable scope = NewDisposeScope();

    public void Dispose() => scope.Dispose();

    [Fact]
    public void Next_OfSeedZero_IsPyTorchs()
    {
        // torch.randn(1, 4, 2, 2, generator=torch.Generator().manual_seed(0)), twice.
        using var noise = new SeededNoise(0);
        var first = noise.Next([1, 4, 2, 2], ScalarType.Float32, CPU);
        var second = noise.Next(first);
        Values(first, 6).ShouldBe([-1.1258, -1.1524, -0.2506, -0.4339, 0.8487, 0.6920]);
        Values(second, 6).ShouldBe([-1.3527, -1.6959, 0.5667, 0.7935, 0.5988, -1.5551]);
    }

    [Fact]
    public void Next_OfASeedBeyond32Bits_IsPyTorchs()
    {
        using var noise = new SeededNoise((1L << 40) + 7);
        Values(noise.Next([1, 4, 2, 2], ScalarType.Float32, CPU), 3).ShouldBe([-0.8201, 0.3956, 0.8989]);
    }

    [Fact]
    public void Next_OfASmallTensor_IsPyTorchs()
    {
        // Fewer than 16 numbers take another way through PyTorch: torch.randn(1, 5, generator=torch.Generator().manual_seed(1234)).
        using var noise = new SeededNoise(1234);
        Values(noise.Next([1, 5], ScalarType.Float32, CPU), 5).ShouldBe([0.0461, 0.4024, -1.0115, 0.2167, -0.6123]);
    }

    [Fact]
    public void Next_OfABatch_GivesEachPictureItsOwnSeedsNoise()
    {
        using var batch = new SeededNoise(3, 9);
        using var alone = new SeededNoise(9);
        for (var draw = 0; draw < 3; draw++)
        {
            var both = batch.Next([2, 4, 8, 8], ScalarType.Float32, CPU);
            both[1..].Equals(alone.Next([1, 4, 8, 8], ScalarType.Float32, CPU)).ShouldBeTrue();
        }
    }

    [Fact]
    public void Next_ForAnotherBatchSizeThanSeeds_Throws()
    {
        using var noise = new SeededNoise(1);
        Should.Throw<ArgumentException>(() => noise.Next(zeros(2, 4, 8, 8))).Message.ShouldContain("one seed a picture");
    }

    private static double[] Values(Tensor tensor, int count) =>
        [.. tensor.flatten().data<float>().Take(count).Select(v => Math.Round(v, 4))];
}
