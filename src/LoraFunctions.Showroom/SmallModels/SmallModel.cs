using LoraFunctions.Diffusion.Models;
using TorchSharp;
using static TorchSharp.torch;

namespace LoraFunctions.Showroom.SmallModels;

/// <summary>
/// Writes small models with random weights in the layouts the real ones have, for tests without a download. What they paint is noise and what
/// they recognise is chance; everything else is as with Stable Diffusion 1.5 and CLIP: the same code, the same modules for LoRAs, latents of
/// 1/8 the size, 77 tokens. The same seed gives the same files, byte for byte.
/// </summary>
public static class SmallModel
{
    public const long DefaultSeed = 15;

    private const int TextWidth = 64;
    private const int Projection = 32;

    private static readonly UNetConfig Unet = new()
    {
        BlockOutChannels = [32, 64, 128, 128],
        AttentionHeads = [2, 2, 2, 2],
        CrossAttentionDim = TextWidth,
    };

    private static readonly VaeConfig Vae = new() { BlockOutChannels = [32, 32, 64, 64], LayersPerBlock = 1, NormNumGroups = 8 };

    private static readonly ClipVisionConfig Vision = new()
    {
        HiddenSize = 64,
        IntermediateSize = 256,
        NumHiddenLayers = 2,
        NumAttentionHeads = 4,
    };

    private static ClipTextConfig Text => new()
    {
        VocabSize = SmallVocabulary.Shared.Count,
        HiddenSize = TextWidth,
        IntermediateSize = TextWidth * 4,
        NumHiddenLayers = 3,
        NumAttentionHeads = 4,
    };

    /// <summary>
    /// A diffusers folder: <c>model_index.json</c> (last), <c>unet</c>, <c>vae</c>, <c>text_encoder</c>, <c>tokenizer</c>,
    /// <c>scheduler</c>; fp16, about 20 MB.
    /// </summary>
    /// <exception cref="IOException">The folder cannot be written.</exception>
    public static void WriteStableDiffusion(string folder, long seed = DefaultSeed)
    {
        using DisposeScope scope = NewDisposeScope();
        SmallVocabulary.Shared.WriteTo(Path.Combine(folder, "tokenizer"));
        ModelFiles.WriteScheduler(folder);
        using var text = new ClipTextModel(Text, new SmallWeights("text_encoder", seed));
        ModelFiles.WritePart(folder, "text_encoder", "model", ModelFiles.Text(Text, SmallVocabulary.Shared), text);
        using var unet = new UNet2DConditionModel(Unet, new SmallWeights("unet", seed));
        ModelFiles.WritePart(folder, "unet", "diffusion_pytorch_model", ModelFiles.Unet(Unet, 64), unet);
        using var vae = new AutoencoderKL(Vae, new SmallWeights("vae", seed));
        ModelFiles.WritePart(folder, "vae", "diffusion_pytorch_model", ModelFiles.Vae(Vae, 512), vae);
        ModelFiles.WriteIndex(folder);
    }

    /// <summary>
    /// CLIP in HF layout: <c>vocab.json</c>, <c>merges.txt</c>, <c>preprocessor_config.json</c>, <c>model.safetensors</c>,
    /// <c>config.json</c> (last); fp32, about 2 MB.
    /// </summary>
    /// <exception cref="IOException">The folder cannot be written.</exception>
    public static void WriteClip(string folder, long seed = DefaultSeed)
    {
        using DisposeScope scope = NewDisposeScope();
        var weights = new SmallWeights("clip", seed);
        using var text = new ClipTextModel(Text, weights);
        using var vision = new ClipVisionModel(Vision, weights);
        ModelFiles.WriteClip(
            folder,
            text,
            vision,
            weights.Create("text_projection.weight", [Projection, TextWidth], ParameterKind.LinearWeight),
            weights.Create("visual_projection.weight", [Projection, Vision.HiddenSize], ParameterKind.LinearWeight),
            tensor(MathF.Log(100)),
            ScalarType.Float32);
    }
}
