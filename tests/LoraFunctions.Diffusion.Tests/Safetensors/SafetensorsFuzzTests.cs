using LoraFunctions.Benchmarks.Safetensors;
using Shouldly;
using Xunit;

namespace LoraFunctions.Diffusion.Tests.Safetensors;

public sealed class SafetensorsFuzzTests
{
    /// <summary>The benchmark project runs a million of these (<c>fuzz-safetensors</c>).</summary>
    [Fact]
    public void Open_ThousandsOfDamagedFiles_EitherOpensOrSaysWhy()
    {
        var result = SafetensorsFuzz.Run(count: 20_000, seed: 1);
        result.Failures.ShouldBeEmpty();
        result.Opened.ShouldBeGreaterThan(500);
        result.Refused.ShouldBeGreaterThan(5000);
    }
}
