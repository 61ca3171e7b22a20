using LoraFunctions.Diffusion.Generation;
using LoraFunctions.Diffusion.Models;
using LoraFunctions.Diffusion.Tokenization;

namespace LoraFunctions.Diffusion.Tests.Generation;

/// <summary>The real networks at the smallest size, with random weights and a vocabulary of single characters.</summary>
internal sealed class TinyModel : IDisposable
{
    private static readonly Lazy<ClipTokenizer> LazyTokenizer = new(CreateTokenizer);

    public ClipTokenizer Tokenizer => LazyTokenizer.Value;

    public ClipTextModel TextEncoder { get; } = new(
        new ClipTextConfig { VocabSize = 514, HiddenSize = 16, IntermediateSize = 32, NumHiddenLayers = 2, NumAttentionHeads = 2 },
        ParameterSource.Random(1));

    public UNet2DConditionModel Unet { get; } = new(
        new UNetConfig
        {
            BlockOutChannels = [8, 16],
            DownAttention = [true, false],
            UpAttention = [false, true],
            AttentionHeads = [2, 2],
            LayersPerBlock = 1,
            CrossAttentionDim = 16,
            NormNumGroups = 4,
        },
        ParameterSource.Random(2));

    public AutoencoderKL Vae { get; } = new(
        new VaeConfig { BlockOutChannels = [4, 4, 8, 8], LayersPerBlock = 1, NormNumGroups = 2 },
        ParameterSource.Random(3));

    public TextToImage TextToImage => new(TextEncoder, Unet, Vae, Tokenizer);

    public void Dispose()
    {
        TextEncoder.Dispose();
        Unet.Dispose();
        Vae.Dispose();
    }

    private static ClipTokenizer CreateTokenizer()
    {
        using var folder = new TemporaryFolder();
        TinyTokenizer.Write(folder.Path);
        return ClipTokenizer.Load(folder.Path);
    }
}
