using LoraFunctions.Diffusion.Checkpoints;
using LoraFunctions.Diffusion.Models;
using Shouldly;
using Xunit;
using static TorchSharp.torch;

namespace LoraFunctions.Conformance;

public sealed class LdmCheckpointTests
{
    [Fact]
    public void Load_TheSingleFile_HasTheSizesOfTheSetsAndComputesTheirVectors()
    {
        using var scope = NewDisposeScope();
        using var grad = no_grad();
        using var folder = new TemporaryFolder();
        var file = Path.Combine(folder.Path, "tiny.safetensors");
        Golden.Unpack("ldm_checkpoint.f16.safetensors", file);

        var (te, unet, vae) = (Golden.Json("a_clip_text"), Golden.Json("b_unet"), Golden.Json("c_vae"));
        var textConfig = ClipTextConfig.Parse(te.GetProperty("config"), "a");
        var unetConfig = UNetConfig.Parse(unet.GetProperty("config"), "b");
        var vaeConfig = VaeConfig.Parse(vae.GetProperty("config"), "c");
        using var model = StableDiffusionModel.Load(file, new StableDiffusionLoadOptions
        {
            RequireTokenizer = false,
            TextEncoderHeads = textConfig.NumAttentionHeads,
            UnetHeads = unetConfig.AttentionHeads[0],
        });

        model.Name.ShouldBe("tiny");
        model.TextEncoder.Config.ShouldBe(textConfig);
        Shown(model.Unet.Config).ShouldBe(Shown(unetConfig));
        Shown(model.Vae.Config).ShouldBe(Shown(vaeConfig));

        // Every weight of these sets is exact in half precision, so the single file computes what the sets' own files do.
        var a = Golden.Tensors("a_clip_text.vectors.safetensors");
        model.TextEncoder.forward(a["input_ids"])
            .LastHiddenState.ShouldMatch(a["last_hidden_state"], te.GetProperty("tolerance"), "text encoder");
        var b = Golden.Tensors("b_unet.vectors.safetensors");
        var name = b.Keys.First(key => key.EndsWith(".sample", StringComparison.Ordinal))[..^".sample".Length];
        model.Unet.forward(b[name + ".sample"], b[name + ".timesteps"], b[name + ".context"])
            .ShouldMatch(b[name + ".out"], unet.GetProperty("tolerance"), "unet");
        var c = Golden.Tensors("c_vae.vectors.safetensors");
        var latent = c.Keys.First(key => key.EndsWith(".latent", StringComparison.Ordinal));
        model.Vae.Decode(c[latent])
            .ShouldMatch(c[latent.Replace(".latent", ".decoded", StringComparison.Ordinal)], vae.GetProperty("tolerance"), "vae");
    }

    [Fact]
    public void Names_EveryKeyOfTheSetsMaps_IsComputedByRule()
    {
        var unetConfig = UNetConfig.Parse(Golden.Json("b_unet").GetProperty("config"), "b");
        var vaeConfig = VaeConfig.Parse(Golden.Json("c_vae").GetProperty("config"), "c");
        Compare("b_unet", name => LdmNames.Unet(name, unetConfig));
        Compare("c_vae", name => LdmNames.Vae(name, vaeConfig));

        static void Compare(string set, Func<string, string> ldm)
        {
            var map = Golden.Json(set).GetProperty("keymap_ldm_to_diffusers").EnumerateObject().ToList();
            map.ShouldNotBeEmpty();
            map.Where(pair => ldm(pair.Value.GetString()!) != pair.Name)
                .Select(pair => $"{pair.Value} -> {ldm(pair.Value.GetString()!)}, expected {pair.Name}").ShouldBeEmpty();
        }
    }

    /// <summary>Records compare lists by reference.</summary>
    private static string Shown<T>(T config) => System.Text.Json.JsonSerializer.Serialize(config);
}
