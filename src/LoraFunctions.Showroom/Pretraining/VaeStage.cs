using LoraFunctions.Diffusion;
using LoraFunctions.Diffusion.Models;
using LoraFunctions.Imaging;
using LoraFunctions.Showroom.SmallModels;
using TorchSharp;
using static TorchSharp.torch;

namespace LoraFunctions.Showroom.Pretraining;

/// <summary>
/// The autoencoder: pictures to latents of a quarter of the size and back. Absolute and squared error, later that of gradients too; noise on
/// the latents in the place of a KL term, so that near latents mean near pictures; no adversary.
/// </summary>
internal sealed class VaeStage(PretrainingRun run)
{
    public const string Name = "vae";
    public const double Gate = 30;
    private const int DefaultSteps = 10_000;
    private const int Batch = 4;
    private const int HeldOutPictures = 64;
    private const int StatisticsPictures = 200;
    private const double Rate = 2e-3;
    private const double LatentNoise = 0.05;
    private const double GradientsFrom = 0.3;
    private const double GradientWeight = 0.3;

    public static VaeConfig Config { get; } = new()
    {
        BlockOutChannels = [16, 32, 96],
        LayersPerBlock = 1,
        NormNumGroups = 2,
        MidBlockAttention = false,
    };

    public PretrainingResult Train(CancellationToken cancellationToken)
    {
        var pictures = new Pictures(128, 96);
        using var cache = new GrowingCache(run.At("pictures-128x96.rgb"), pictures.RowBytes, pictures.Rows);

        // fp32 everywhere: in bf16 the gradients of these narrow convolutions differ from run to run, and some are not finite (libtorch 2.10).
        using var flat = new FlatNetwork<AutoencoderKL>(source => new AutoencoderKL(Config, source), run.Options.Seed);
        VaeStart.Apply(flat.Network);
        flat.TakeOver();
        if (File.Exists(run.StatePath))
        {
            flat.Load(run.StatePath);
        }

        int steps = run.Options.Steps ?? DefaultSteps;
        while (run.GoesOn(flat.Step, steps, cancellationToken))
        {
            using DisposeScope scope = NewDisposeScope();
            long step = flat.Step;
            double done = (double)step / steps;
            Random random = StepRandom.Of(run.Options.Seed, step);
            cache.Fill((int)Math.Min(run.Options.Pictures, (step + 1) * Batch));
            Tensor x = pictures.AsTensor(cache.Read([.. Enumerable.Range(0, Batch).Select(_ => random.Next(cache.Count))]));
            Tensor mean = flat.Network.Encode(x).Mean;
            Tensor spread = mean.detach().std([0, 2, 3], unbiased: true, keepdim: true);
            Tensor noise = randn(mean.shape, generator: StepRandom.Noise(run.Options.Seed, step));
            Tensor error = flat.Network.Decode(mean.Plus(noise * spread, LatentNoise)) - x;
            Tensor loss = error.abs().mean().Plus(error.Squared().mean()).Plus(mean.Squared().mean(), 1e-4);
            if (done > GradientsFrom)
            {
                Tensor across = error.slice(3, 1, pictures.Width, 1) - error.slice(3, 0, pictures.Width - 1, 1);
                Tensor down = error.slice(2, 1, pictures.Height, 1) - error.slice(2, 0, pictures.Height - 1, 1);
                loss = loss.Plus(across.abs().mean().Plus(down.abs().mean()), GradientWeight);
            }

            loss.backward();
            double rate = Rate * Math.Min(1, (step + 1) / 50.0)
                * (done < 0.3 ? 1 : 0.02 + (0.49 * (1 + Math.Cos(Math.PI * (done - 0.3) / 0.7))));
            flat.Learn(rate, decay: 0.99);
            run.Log(flat.Step, flat.Step * Batch, loss.item<float>(), rate);
            if (run.ShouldSave())
            {
                flat.Save(run.StatePath);
            }
        }

        flat.Save(run.StatePath);
        bool finished = flat.Step >= steps;
        double decibels = flat.WithAverage(() => Measure(flat.Network));
        run.LogMeasure(flat.Step, "PSNR", decibels);
        flat.WithAverage(() =>
        {
            BaseModelFolder.WriteFrame(run.BaseFolder);
            BaseModelFolder.WriteVae(run.BaseFolder, flat.Network, LatentStatistics(flat.Network));
            return true;
        });
        return new PretrainingResult(Name, flat.Step, finished, decibels, decibels >= Gate,
            $"{decibels:0.00} dB on {run.Options.Measured ?? HeldOutPictures} unseen pictures; the UNet wants {Gate:0} or more.");
    }

    private double Measure(AutoencoderKL vae)
    {
        var pictures = new Pictures(192, 144);
        double sum = 0;
        var sheet = new List<RgbImage>();
        const int batch = 8;
        int count = run.Options.Measured ?? HeldOutPictures;
        for (int i = 0; i < count; i += batch)
        {
            using DisposeScope scope = NewDisposeScope();
            Tensor x = pictures.AsTensor(pictures.Rows(Pictures.HeldOut + i, batch));
            Tensor y = vae.Decode(vae.Encode(x).Mean).Clamped(-1, 1);
            sum -= 10 * (y - x).Squared().mean([1, 2, 3]).Over(4).log10().sum().item<float>();
            if (i < 3 * batch)
            {
                sheet.AddRange([.. Pictures.FromTensor(x), .. Pictures.FromTensor(y)]);
            }
        }

        run.WriteSheet("vae.png", sheet, batch);
        return sum / count;
    }

    /// <summary>Mean and deviation of every latent channel, which the written weights take into themselves.</summary>
    private (float[] Mean, float[] Deviation) LatentStatistics(AutoencoderKL vae)
    {
        using DisposeScope scope = NewDisposeScope();
        var pictures = new Pictures(192, 144);
        Tensor latents = cat([.. Enumerable.Range(0, (run.Options.Measured ?? StatisticsPictures) / 8).Select(i => vae.Encode(pictures.AsTensor(pictures.Rows(i * 8, 8))).Mean)]);
        return (latents.mean([0, 2, 3]).data<float>().ToArray(), latents.std([0, 2, 3]).data<float>().ToArray());
    }
}
