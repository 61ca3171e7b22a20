using LoraFunctions.Diffusion;
using LoraFunctions.Diffusion.Models;
using Shouldly;
using Xunit;
using static TorchSharp.torch;

namespace LoraFunctions.Conformance;

public sealed class VaeTests
{
    [Fact]
    public void EncodeAndDecode_EveryCaseOfSetC_MatchDiffusers()
    {
        using var scope = NewDisposeScope();
        using var grad = no_grad();
        using var model = Networks.Vae();
        var tolerance = Golden.Json("c_vae").GetProperty("tolerance");
        var vectors = Golden.Tensors("c_vae.vectors.safetensors");
        var cases = vectors.Keys.Select(name => name[..name.LastIndexOf('.')]).Distinct(StringComparer.Ordinal).ToList();
        cases.ShouldNotBeEmpty();
        foreach (var name in cases)
        {
            Tensor? Of(string part) => vectors.GetValueOrDefault($"{name}.{part}");
            if (Of("image") is { } image)
            {
                var moments = model.Encode(image);
                Compare("mean", moments.Mean);
                Compare("logvar", moments.LogVariance);
                Compare("std", moments.StandardDeviation());
                Compare("moments", cat([moments.Mean, moments.LogVariance], 1));
                Compare("sampled_latent_scaled", Of("noise") is { } noise ? moments.Sample(noise).Times(model.Config.ScalingFactor) : null);
            }

            Compare("decoded", Of("latent") is { } latent ? model.Decode(latent) : null);

            void Compare(string part, Tensor? actual)
            {
                if (Of(part) is { } expected)
                {
                    actual.ShouldNotBeNull($"{name}.{part} cannot be computed").ShouldMatch(expected, tolerance, $"{name}.{part}");
                }
            }
        }
    }
}
