using LoraFunctions.Diffusion.Models;
using LoraFunctions.Diffusion.Training;
using LoraFunctions.Imaging;
using LoraFunctions.Jobs.Pictures;
using TorchSharp;
using static TorchSharp.torch;

namespace LoraFunctions.Jobs.Training.Data;

/// <summary>
/// What the VAE says about every photo, kept so that the VAE can go: distributions, not samples, so that every step draws anew.
/// </summary>
internal sealed class CachedLatents : IDisposable
{
    public const string Stage = "caching latents";

    private readonly List<Tensor> _tensors = [];

    /// <summary>One photo after the other: a photo's latents then do not depend on its company. Its pixels are let go.</summary>
    public IReadOnlyList<TrainingExample> Encode(
        TrainingPlan plan,
        AutoencoderKL vae,
        IProgress<JobProgress>? progress,
        CancellationToken cancellationToken)
    {
        var examples = new List<TrainingExample>();
        foreach (var photo in plan.Photos.Photos)
        {
            cancellationToken.ThrowIfCancellationRequested();
            progress?.Report(new JobProgress(Stage, examples.Count, plan.Photos.Photos.Count));
            var pixels = photo.Pixels!;
            photo.Pixels = null;
            examples.Add(
                new TrainingExample
                {
                    Name = photo.FileName,
                    Caption = photo.Caption,
                    Latents = Encode(pixels, vae),
                    Mirrored = plan.Configuration.Flip ? Encode(Mirror(pixels), vae) : null,
                    Repeats = plan.Configuration.Repeats,
                });
        }

        progress?.Report(new JobProgress(Stage, examples.Count, examples.Count));
        return examples;
    }

    public void Dispose() => _tensors.ForEach(t => t.Dispose());

    internal static RgbImage Mirror(RgbImage image)
    {
        var mirrored = new RgbImage(image.Width, image.Height);
        for (var y = 0; y < image.Height; y++)
        {
            for (var x = 0; x < image.Width; x++)
            {
                image
                    .Pixels.AsSpan(((y * image.Width) + x) * 3, 3)
                    .CopyTo(mirrored.Pixels.AsSpan(((y * image.Width) + image.Width - 1 - x) * 3));
            }
        }

        return mirrored;
    }

    private LatentDistribution Encode(RgbImage image, AutoencoderKL vae)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var moments = vae.Encode(PixelTensors.From(image));
        return new LatentDistribution(Kept(moments.Mean), Kept(moments.LogVariance));

        Tensor Kept(Tensor batch)
        {
            var kept = batch[0].to(ScalarType.Float32).cpu().clone().DetachFromDisposeScope();
            _tensors.Add(kept);
            return kept;
        }
    }
}
