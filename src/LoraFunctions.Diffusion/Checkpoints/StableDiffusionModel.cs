using LoraFunctions.Diffusion.Models;
using LoraFunctions.Diffusion.Tokenization;
using TorchSharp;
using static TorchSharp.torch;

namespace LoraFunctions.Diffusion.Checkpoints;

/// <summary>A Stable Diffusion 1 model, ready to compute: from a single file in LDM layout or from a diffusers folder.</summary>
public sealed class StableDiffusionModel : IDisposable
{
    private readonly Lazy<string> sha256;
    private readonly StableDiffusionLoadOptions options;
    private readonly string? tokenizerProblem;
    private readonly ClipTokenizer? tokenizer;
    private ClipTextModel? textEncoder;
    private AutoencoderKL? vae;

    private StableDiffusionModel(
        string path, StableDiffusionParts parts, StableDiffusionLoadOptions options, ClipTextModel textEncoder, UNet2DConditionModel unet, AutoencoderKL vae)
    {
        Path = path;
        Name = Directory.Exists(path)
            ? System.IO.Path.GetFileName(System.IO.Path.GetFullPath(path).TrimEnd(System.IO.Path.DirectorySeparatorChar))
            : System.IO.Path.GetFileNameWithoutExtension(path);
        Prediction = parts.Prediction;
        Device = options.Device;
        this.options = options;
        tokenizer = parts.Tokenizer;
        tokenizerProblem = parts.TokenizerProblem;
        var files = parts.UsedFiles;
        sha256 = new Lazy<string>(() => FileDigest.Of(path, files));
        this.textEncoder = textEncoder;
        Unet = unet;
        this.vae = vae;
    }

    /// <summary>The file or folder.</summary>
    public string Path { get; }

    /// <summary>The file's name without its extension, or the folder's.</summary>
    public string Name { get; }

    /// <summary>
    /// Of the single file, in lower-case hex; of a folder, over the list of its used files' digests. Computed when first asked for (seconds
    /// for 4 GB).
    /// </summary>
    public string Sha256 => sha256.Value;

    /// <summary>What the UNet predicts.</summary>
    public PredictionType Prediction { get; }

    public Device Device { get; }

    public UNet2DConditionModel Unet { get; }

    /// <exception cref="InvalidOperationException">It was released.</exception>
    public ClipTextModel TextEncoder => textEncoder ?? throw new InvalidOperationException($"The text encoder of {Name} was released.");

    /// <exception cref="InvalidOperationException">It was released.</exception>
    public AutoencoderKL Vae => vae ?? throw new InvalidOperationException($"The VAE of {Name} was released.");

    /// <exception cref="CheckpointException">The model came without a vocabulary (only with
    /// <see cref="StableDiffusionLoadOptions.RequireTokenizer"/> off).</exception>
    public ClipTokenizer Tokenizer => tokenizer ?? throw new CheckpointException(tokenizerProblem!);

    /// <summary>Checks everything in the files, then loads. Peak memory is the weights kept and one tensor.</summary>
    /// <param name="path">A .safetensors file in LDM layout or a diffusers folder.</param>
    /// <exception cref="CheckpointException">Missing, damaged, of another architecture, or with missing, left-over or misshaped tensors,
    /// all of them listed.</exception>
    public static StableDiffusionModel Load(string path, StableDiffusionLoadOptions? options = null)
    {
        options ??= new StableDiffusionLoadOptions();
        using var parts = StableDiffusionParts.Open(path, options);
        parts.Check(options.IgnoreLeftOver);

        using var scope = NewDisposeScope();
        using var grad = no_grad();
        var loaded = new List<nn.Module>();
        try
        {
            var text = Keep(parts.TextEncoder.Load(options.ComputeType, options.Device));
            var unet = Keep(parts.Unet.Load(options.ComputeType, options.Device));
            var autoencoder = Keep(parts.Vae.Load(ScalarType.Float32, options.Device));
            return new StableDiffusionModel(path, parts, options, text, unet, autoencoder);
        }
        catch
        {
            loaded.ForEach(module => module.Dispose());
            throw;
        }

        T Keep<T>(T module)
            where T : nn.Module
        {
            loaded.Add(module);
            return module;
        }
    }

    /// <summary>What <see cref="Load"/> checks, and nothing loaded: headers are read, no weights.</summary>
    /// <exception cref="CheckpointException">As <see cref="Load"/>.</exception>
    public static void Check(string path, StableDiffusionLoadOptions? options = null)
    {
        options ??= new StableDiffusionLoadOptions();
        using var parts = StableDiffusionParts.Open(path, options);
        parts.Check(options.IgnoreLeftOver);
    }

    /// <summary>Frees the text encoder, which training needs no more once the captions are encoded.</summary>
    public void ReleaseTextEncoder()
    {
        textEncoder?.Dispose();
        textEncoder = null;
    }

    /// <summary>Frees the VAE, which training needs no more once the latents are cached.</summary>
    public void ReleaseVae()
    {
        vae?.Dispose();
        vae = null;
    }

    /// <summary>Loads again what was released, to render pictures in between.</summary>
    /// <exception cref="CheckpointException">The files are no longer what they were.</exception>
    public void Restore()
    {
        if (textEncoder is not null && vae is not null)
        {
            return;
        }

        using var parts = StableDiffusionParts.Open(Path, options);
        parts.Check(options.IgnoreLeftOver);
        using var scope = NewDisposeScope();
        using var grad = no_grad();
        textEncoder ??= parts.TextEncoder.Load(options.ComputeType, options.Device);
        vae ??= parts.Vae.Load(ScalarType.Float32, options.Device);
    }

    public void Dispose()
    {
        ReleaseTextEncoder();
        ReleaseVae();
        Unet.Dispose();
    }
}

/// <summary>How a checkpoint is loaded, and what its file may not say.</summary>
public sealed record StableDiffusionLoadOptions
{
    /// <summary>Where the networks compute.</summary>
    public Device Device { get; init; } = CPU;

    /// <summary>
    /// Precision of UNet and text encoder on a GPU (the VAE is fp32 always: in half precision it overflows to black pictures). Null:
    /// bfloat16 on a GPU. On the CPU everything is fp32, whatever the file holds: half-precision arithmetic is hundreds of times slower
    /// there.
    /// </summary>
    public ScalarType? Precision { get; init; }

    /// <summary>
    /// Folder with vocab.json and merges.txt. Null: the model folder's <c>tokenizer</c>; for a single file, <c>tokenizer</c> beside it or
    /// the file's own folder.
    /// </summary>
    public string? TokenizerFolder { get; init; }

    /// <summary>False: a model without a vocabulary loads, and only its <see cref="StableDiffusionModel.Tokenizer"/> fails.</summary>
    public bool RequireTokenizer { get; init; } = true;

    /// <summary>Null: what scheduler_config.json says; without one, epsilon.</summary>
    public PredictionType? Prediction { get; init; }

    /// <summary>
    /// Attention heads of the UNet; a single file does not say. Null: 8, as in every Stable Diffusion 1. Not for folders, whose config.json
    /// says.
    /// </summary>
    public long? UnetHeads { get; init; }

    /// <summary>
    /// Attention heads of the text encoder; a single file does not say. Null: 64 channels each, as in every CLIP. Not for folders.
    /// </summary>
    public long? TextEncoderHeads { get; init; }

    /// <summary>True: tensors no network asks for are passed over instead of being an error.</summary>
    public bool IgnoreLeftOver { get; init; }

    internal ScalarType ComputeType => Device.type == DeviceType.CPU ? ScalarType.Float32 : Precision ?? ScalarType.BFloat16;
}
