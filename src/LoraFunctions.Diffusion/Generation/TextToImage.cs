using LoraFunctions.Diffusion.Checkpoints;
using LoraFunctions.Diffusion.Lora;
using LoraFunctions.Diffusion.Models;
using LoraFunctions.Diffusion.Prompts;
using LoraFunctions.Diffusion.Sampling;
using LoraFunctions.Diffusion.Tokenization;
using TorchSharp;
using static TorchSharp.torch;

namespace LoraFunctions.Diffusion.Generation;

/// <summary>
/// Pictures from a prompt, and from a picture and a prompt (<see cref="TextToImageRequest.StartFrom"/>). Runs on the calling thread; one
/// call at a time, since LoRAs are attached to the model's layers while it runs. The model stays the caller's.
/// </summary>
public sealed class TextToImage
{
    /// <summary>Enough noise for another car, little enough that it stands where the old one stood.</summary>
    private const double RepairStrength = 0.85;

    private readonly ClipTextModel textEncoder;
    private readonly UNet2DConditionModel unet;
    private readonly AutoencoderKL vae;
    private readonly ClipTokenizer tokenizer;
    private readonly PredictionType prediction;

    /// <param name="model">With its text encoder and VAE, which <see cref="StableDiffusionModel.ReleaseTextEncoder"/> and the like take
    /// away.</param>
    /// <exception cref="CheckpointException">The model came without a vocabulary.</exception>
    public TextToImage(StableDiffusionModel model)
        : this(model.TextEncoder, model.Unet, model.Vae, model.Tokenizer, model.Prediction)
    {
    }

    internal TextToImage(
        ClipTextModel textEncoder,
        UNet2DConditionModel unet,
        AutoencoderKL vae,
        ClipTokenizer tokenizer,
        PredictionType prediction = PredictionType.Epsilon)
    {
        this.textEncoder = textEncoder;
        this.unet = unet;
        this.vae = vae;
        this.tokenizer = tokenizer;
        this.prediction = prediction;
    }

    /// <inheritdoc cref="GenerateBatch"/>
    public GeneratedPicture Generate(
        TextToImageRequest request,
        IReadOnlyList<LoraSelection>? loras = null,
        IProgress<SamplingProgress>? progress = null,
        CancellationToken cancellationToken = default) =>
        request is { StartFrom: null, Composition: { Repair: { } region } composition }
            ? Repair(
                Generate(request with { Composition = composition with { Repair = null } }, loras, progress, cancellationToken),
                region, loras, progress, cancellationToken)
            : GenerateBatch(request, [request.Seed], loras, progress, cancellationToken)[0];

    /// <summary>A composed picture with one region painted anew; the others keep their pixels up to the autoencoder.</summary>
    /// <param name="picture">As <see cref="Generate"/> made it.</param>
    /// <returns>Its request is the one that gives this picture again.</returns>
    /// <inheritdoc cref="GenerateBatch"/>
    public GeneratedPicture Repair(
        GeneratedPicture picture,
        int region,
        IReadOnlyList<LoraSelection>? loras = null,
        IProgress<SamplingProgress>? progress = null,
        CancellationToken cancellationToken = default)
    {
        var request = picture.Request with { Composition = picture.Request.Composition! with { Repair = region } };
        // At the size it has: a second pass is over.
        var again = request with
        {
            Width = picture.Width,
            Height = picture.Height,
            SecondPass = null,
            StartFrom = new StartingPicture(picture.Rgb, RepairStrength),
            Seed = request.Seed + 1,
        };
        var repaired = Generate(again, loras, progress, cancellationToken);
        return repaired with { Request = request };
    }

    /// <summary>
    /// One picture a seed, one after the other, so that a picture's bytes depend on its own seed and not on the others. Adapters already on
    /// the model's layers stay in effect when the prompt names no LoRA.
    /// </summary>
    /// <param name="loras">Those the prompt may name.</param>
    /// <param name="progress">After each step of each picture.</param>
    /// <exception cref="GenerationRequestException">All that is wrong with the request.</exception>
    /// <exception cref="LoraException">A LoRA does not fit the model.</exception>
    /// <exception cref="NonFiniteException">NaN or infinite numbers came up: there is no picture, rather than a black one.</exception>
    /// <exception cref="OperationCanceledException">Cancelled between two steps; everything is freed.</exception>
    public IReadOnlyList<GeneratedPicture> GenerateBatch(
        TextToImageRequest request,
        IReadOnlyList<long> seeds,
        IReadOnlyList<LoraSelection>? loras = null,
        IProgress<SamplingProgress>? progress = null,
        CancellationToken cancellationToken = default)
    {
        loras ??= [];
        var (sampler, prompts) = RequestCheck.Check(
            request, seeds, loras, vae.Config.PixelsPerLatent, textEncoder.Config.NumHiddenLayers);
        cancellationToken.ThrowIfCancellationRequested();
        using var noGradients = no_grad();
        using var scope = NewDisposeScope();
        using var network = Attach(prompts, loras);
        var plan = sampler.Plan(NoiseSchedule.StableDiffusion, request.Steps);
        var encoder = new PromptEncoder(textEncoder, tokenizer);
        var painter = new Painter(unet, network, sampler, prediction, cancellationToken);
        var device = textEncoder.parameters().First().device;
        var composer = new Composer(request, prompts, encoder, network, painter, plan, Shape(request), device);
        var larger = Larger(request);
        var second = larger is null ? null : new Composer(larger, prompts, encoder, network, painter, plan, Shape(larger), device);
        var steps = composer.Steps + (second?.Steps ?? 0);
        var pictures = new List<GeneratedPicture>(seeds.Count);
        foreach (var seed in seeds)
        {
            var number = pictures.Count + 1;
            using var noise = new SeededNoise(seed);
            using var clean = request.StartFrom is { } start ? Encode(request, start, noise, composer.Device) : null;
            void Report(int step) => progress?.Report(new SamplingProgress(step, steps, number, seeds.Count));
            var finished = composer.Paint(clean, noise, Report);
            if (second is not null)
            {
                using var first = finished;
                using var enlarged = nn.functional.interpolate(first, second.Size, mode: InterpolationMode.Bilinear, align_corners: false);
                finished = second.Paint(enlarged, noise, step => Report(composer.Steps + step));
            }

            using (finished)
            {
                var (width, height) = larger is null ? (request.Width, request.Height) : (larger.Width, larger.Height);
                pictures.Add(new GeneratedPicture(width, height, Decode(vae, finished), request with { Seed = seed }, sampler, prompts.Loras));
            }
        }

        return pictures;
    }

    private LoraNetwork? Attach(ReadPrompts prompts, IReadOnlyList<LoraSelection> loras)
    {
        var byName = loras.ToDictionary(l => l.Name, l => l.Weights, StringComparer.Ordinal);
        LoraUse[] uses = [.. prompts.Loras.Select(tag => new LoraUse(byName[tag.Name], tag.UnetStrength, tag.TextEncoderStrength))];
        return uses.Length == 0 ? null : LoraNetwork.Attach(unet.AdaptableLayers(), textEncoder.AdaptableLayers(), uses);
    }

    /// <summary>The second pass as a request of its own, which starts from the first one's latents; null where there is none.</summary>
    private static TextToImageRequest? Larger(TextToImageRequest request) => request.SecondPass is not { } pass ? null : request with
    {
        Width = pass.Width,
        Height = pass.Height,
        StartFrom = new StartingPicture(Array.Empty<byte>(), pass.Strength),
        Composition = request.Composition is { } composition ? composition with { Repair = null } : null,
    };

    private long[] Shape(TextToImageRequest request)
    {
        var factor = vae.Config.PixelsPerLatent;
        return [1, vae.Config.LatentChannels, request.Height / factor, request.Width / factor];
    }

    /// <summary>Clean latents [1, 4, H/8, W/8] of a picture.</summary>
    private Tensor Encode(TextToImageRequest request, StartingPicture start, SeededNoise noise, Device device)
    {
        using var scope = NewDisposeScope();
        var moments = vae.Encode(Pixels.FromRgb(start.Rgb.Span, request.Width, request.Height, device));
        return moments.Sample(noise.Next(moments.Mean)).Times(vae.Config.ScalingFactor).MoveToOuterDisposeScope();
    }

    /// <summary>Finished latents [1, 4, H/8, W/8] to rows of RGB bytes.</summary>
    internal static byte[] Decode(AutoencoderKL vae, Tensor latents)
    {
        using var scope = NewDisposeScope();
        var picture = vae.Decode(latents.Over(vae.Config.ScalingFactor))[0];
        return picture.isfinite().all().item<bool>()
            ? Pixels.ToRgb(picture)
            : throw new NonFiniteException("The autoencoder's picture holds");
    }
}
