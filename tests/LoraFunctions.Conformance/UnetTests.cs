using Shouldly;
using Xunit;
using static TorchSharp.torch;

namespace LoraFunctions.Conformance;

public sealed class UnetTests
{
    [Fact]
    public void Forward_EveryCaseOfSetB_MatchesDiffusers()
    {
        using var scope = NewDisposeScope();
        using var grad = no_grad();
        using var model = Networks.Unet();
        var json = Golden.Json("b_unet");
        var vectors = Golden.Tensors("b_unet.vectors.safetensors");
        var cases = vectors.Keys.Where(name => name.EndsWith(".sample", StringComparison.Ordinal)).Select(name => name[..^".sample".Length])
            .ToList();
        cases.ShouldNotBeEmpty();
        json.GetProperty("cases").EnumerateObject().Select(item => item.Name).ShouldBeSubsetOf(cases);
        foreach (var name in cases)
        {
            var actual = model.forward(vectors[name + ".sample"], vectors[name + ".timesteps"], vectors[name + ".context"]);
            actual.ShouldMatch(vectors[name + ".out"], json.GetProperty("tolerance"), name);
        }
    }

    [Fact]
    public void Forward_WithGradientRecording_IsTheSame()
    {
        using var scope = NewDisposeScope();
        using var model = Networks.Unet();
        var json = Golden.Json("b_unet");
        var vectors = Golden.Tensors("b_unet.vectors.safetensors");
        var name = vectors.Keys.First(key => key.EndsWith(".sample", StringComparison.Ordinal))[..^".sample".Length];
        var sample = vectors[name + ".sample"].requires_grad_();
        var actual = model.forward(sample, vectors[name + ".timesteps"], vectors[name + ".context"]);
        actual.detach().ShouldMatch(vectors[name + ".out"], json.GetProperty("tolerance"), name);
        actual.mean().backward();
        sample.grad.ShouldNotBeNull().abs().sum().item<float>().ShouldBeGreaterThan(0);
    }
}
