using LoraFunctions.Diffusion.Checkpoints;
using LoraFunctions.Diffusion.Models;
using static TorchSharp.torch;

namespace LoraFunctions.Conformance;

/// <summary>The golden sets' networks with their weights.</summary>
internal static class Networks
{
    public static ClipTextModel TextEncoder()
    {
        var config = ClipTextConfig.Parse(Golden.Json("a_clip_text").GetProperty("config"), "a_clip_text.json");
        return Load("a_clip_text.hf.f32.safetensors", source => new ClipTextModel(config, source));
    }

    public static UNet2DConditionModel Unet()
    {
        var config = UNetConfig.Parse(Golden.Json("b_unet").GetProperty("config"), "b_unet.json");
        return Load("b_unet.diffusers.f32.safetensors", source => new UNet2DConditionModel(config, source));
    }

    public static AutoencoderKL Vae()
    {
        var config = VaeConfig.Parse(Golden.Json("c_vae").GetProperty("config"), "c_vae.json");
        return Load("c_vae.diffusers.f32.safetensors", source => new AutoencoderKL(config, source));
    }

    public static DinoV2Model DinoV2()
    {
        var config = DinoV2Config.Parse(Golden.Json("k_dinov2").GetProperty("config"), "k_dinov2.json");
        return Load("k_dinov2.hf.f32.safetensors", source => new DinoV2Model(config, source));
    }

    private static T Load<T>(string file, Func<ParameterSource, T> build)
        where T : nn.Module
    {
        using var files = TensorFiles.Open(Golden.Open(file));
        var faults = new CheckpointFaults();
        var loader = new NetworkLoader(files, faults);
        loader.Check(build, name => [name]);
        loader.CheckLeftOver(name => name.EndsWith("position_ids", StringComparison.Ordinal) || name.EndsWith("mask_token", StringComparison.Ordinal));
        faults.ThrowIfAny(file);
        return NetworkLoader.Load(files, build, name => [name], float32, CPU);
    }
}
