using Shouldly;
using Xunit;
using static TorchSharp.torch;

namespace LoraFunctions.Diffusion.Tests;

public sealed class TensorMathTests
{
    /// <summary>TorchSharp's own operators lose a call in about 4,000 of these; <c>stress-scalars</c> of the benchmarks runs millions.</summary>
    private const int Calls = 20_000;

    [Fact]
    public async Task Arithmetic_WhileAnotherThreadCollectsAllTheTime_IsRight()
    {
        using var stop = new CancellationTokenSource();
        var collecting = Task.Run(
            () =>
            {
                while (!stop.IsCancellationRequested)
                {
                    GC.Collect(0);
                    GC.WaitForPendingFinalizers();
                }
            },
            TestContext.Current.CancellationToken);
        try
        {
            using var three = ones(64).TimesInPlace(3);
            using var one = ones(64);
            for (var call = 0; call < Calls; call++)
            {
                using var scope = NewDisposeScope();

                // ((3 + 1) * 0.5 - 0.25 + 0.75) / 2 + 0.5 * 3 = 2.75, all of it exact.
                var result = three.Plus(one).Times(0.5).Minus(0.25).Plus(0.75).Over(2).PlusInPlace(three, 0.5).Clamped(-9, 9);
                result.sum().item<float>().ShouldBe(64 * 2.75f);
            }
        }
        finally
        {
            await stop.CancelAsync();
            await collecting;
        }
    }

    [Fact]
    public void Counted_AndFilled_AreWhatTheySay()
    {
        using var scope = NewDisposeScope();
        TensorMath.Counted(4).data<float>().ShouldBe([0, 1, 2, 3]);
        TensorMath.Filled([3], 7, ScalarType.Int64).data<long>().ShouldBe([7, 7, 7]);
    }

    [Fact]
    public void Arithmetic_RecordsGradients()
    {
        using var scope = NewDisposeScope();
        var x = ones(2).TimesInPlace(3).requires_grad_();
        x.Squared().Plus(x, 0.5).Times(2).Minus(1).sum().backward();
        x.grad!.data<float>().ShouldBe([13, 13]);
    }
}
