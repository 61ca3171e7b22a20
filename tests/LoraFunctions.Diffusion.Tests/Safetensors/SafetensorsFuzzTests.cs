using LoraFunctions.Benchmarks.Fuzzing;
using Shouldly;
using Xunit;

namespace LoraFunctions.Diffusion.Tests.Safetensors;

public sealed class SafetensorsFuzzTests
{
    /// <summary>The benchmark project runs a million of these (<c>fuzz safetensors</c>).</summary>
    [Fact]
    public void Open_ThousandsOfDamagedFiles_EitherOpensOrSaysWhy()
    {
        var random = new Random(1);
        var opened = Enumerable.Range(0, 20_000).Count(_ => SafetensorsFuzz.Opens(SafetensorsFuzz.Make(random)));
        opened.ShouldBeInRange(500, 15_000);
    }
}
