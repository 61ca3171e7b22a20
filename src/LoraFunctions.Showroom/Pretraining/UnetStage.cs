using LoraFunctions.Diffusion;
using System.Text.Json;
using LoraFunctions.Diffusion.Checkpoints;
using LoraFunctions.Diffusion.Generation;
using LoraFunctions.Diffusion.Models;
using LoraFunctions.Diffusion.Safetensors;
using LoraFunctions.Diffusion.Sampling;
using LoraFunctions.Imaging;
using LoraFunctions.Showroom.Cars;
using LoraFunctions.Showroom.Scenes;
using TorchSharp;
using static TorchSharp.torch;

namespace LoraFunctions.Showroom.Pretraining;

/// <summary>One size of the UNet's curriculum: the smaller sizes learn what there is, the larger ones how it looks.</summary>
/// <param name="Before">The stage whose weights this one starts from.</param>
/// <param name="Gate">Greatest held-out noise error for the next.</param>
internal sealed record UnetSize(string Name, int Width, int Height, string? Before, int Steps, int Batch, double Rate, double LastRate, double Gate)
{
    public static IReadOnlyList<UnetSize> All { get; } =
    [
        new("unet-64", 64, 48, null, 3_000, 32, 1e-3, 1e-3, 0.147),
        new("unet-128", 128, 96, "unet-64", 20_000, 16, 1e-3, 5e-4, 0.07),
        new("unet-192", 192, 144, "unet-128", 20_000, 16, 6e-4, 0, 0.06),
    ];
}

/// <summary>
/// The UNet learns to take noise off latents of drawn pictures, told what they show. Every third step is one of two cars side by side at double
/// width, so that the model knows what left and right of a picture are.
/// </summary>
internal sealed class UnetStage(PretrainingRun run, UnetSize size)
{
    private const int Channels = 4;
    private const int PixelsPerLatent = 4;
    private const int HeldOutLatents = 128;
    private const double EmptyPrompts = 0.1;
    private const double MostSnr = 5;
    private const double FallsFrom = 0.6;

    private readonly NoiseSchedule schedule = NoiseSchedule.StableDiffusion;

    public static UNetConfig Config { get; } = new()
    {
        BlockOutChannels = [32, 64, 128, 192],
        DownAttention = [false, false, true, true],
        UpAttention = [true, true, false, false],
        LayersPerBlock = 1,
        AttentionHeads = [4, 4, 4, 4],
        CrossAttentionDim = 96,
        NormNumGroups = 8,
    };

    /// <exception cref="InvalidOperationException">The stage before has not been trained, or there is no VAE.</exception>
    public PretrainingResult Train(CancellationToken cancellationToken)
    {
        using var flat = new FlatNetwork<UNet2DConditionModel>(
            source => new UNet2DConditionModel(Config, source), run.Options.Seed, PretrainingRun.NetworkType);
        Begin(flat);
        using StableDiffusionModel parts = Frame(flat);
        var one = new Latents(run, new Pictures(size.Width, size.Height), parts.Vae, $"{size.Name}-one");
        var two = new Latents(run, new Pictures(size.Width * 2, size.Height, twoCars: true), parts.Vae, $"{size.Name}-two");
        int steps = run.Options.Steps ?? size.Steps;
        while (run.GoesOn(flat.Step, steps, cancellationToken))
        {
            using DisposeScope scope = NewDisposeScope();
            long step = flat.Step;
            Random random = StepRandom.Of(run.Options.Seed, step);
            bool isTwo = run.Options.TwoCarsEvery > 0 && step % run.Options.TwoCarsEvery == run.Options.TwoCarsEvery - 1;
            Latents latents = isTwo ? two : one;
            int batch = isTwo ? size.Batch / 2 : size.Batch;
            int most = isTwo ? run.Options.Pictures / run.Options.TwoCarsEvery : run.Options.Pictures;

            // The cache grows by a batch a step until it is full, so that what a step sees follows from its number alone.
            long grown = isTwo ? (step / run.Options.TwoCarsEvery) + 1 : step + 1;
            latents.Fill((int)Math.Min(most, grown * batch));
            int[] numbers = [.. Enumerable.Range(0, batch).Select(_ => random.Next((int)Math.Min(most, grown * batch)))];
            int[] timesteps = [.. Enumerable.Range(0, batch).Select(i => Math.Min(999, (int)((i + random.NextDouble()) / batch * 1000)))];
            string[] prompts = [.. numbers.Select(number =>
                random.NextDouble() < EmptyPrompts ? "" : Captions.Of(latents.Pictures.Scene(number), random.Next(Captions.Templates)))];
            Tensor error = Error(
                flat.Network, parts, latents.Read(numbers), timesteps, prompts, StepRandom.Noise(run.Options.Seed, step));
            Tensor loss = (error * tensor(timesteps.Select(Weight).ToArray())).mean();
            loss.backward();
            double done = (double)step / steps;
            double fall = done < FallsFrom ? 0 : (done - FallsFrom) / (1 - FallsFrom);
            double rate = (size.Rate + ((size.LastRate - size.Rate) * fall)) * Math.Min(1, (step + 1) / 100.0);
            flat.Learn(rate, weightDecay: 0.01);
            run.Log(flat.Step, flat.Step * batch, loss.item<float>(), rate);
            if (run.ShouldSave())
            {
                flat.Save(run.StatePath);
            }
        }

        flat.Save(run.StatePath);
        double heldOut = flat.WithAverage(() =>
        {
            BaseModelFolder.WriteUnet(run.BaseFolder, flat.Network);
            return HeldOut(flat.Network, parts);
        });
        run.LogMeasure(flat.Step, "held-out", heldOut);
        if (size.Height >= TextToImageRequest.MinimumSize)
        {
            Sheet(flat.Step);
        }

        return new PretrainingResult(size.Name, flat.Step, flat.Step >= steps, heldOut, heldOut <= size.Gate,
            $"The noise error on {run.Options.Measured ?? HeldOutLatents} unseen pictures is {heldOut:0.0000}; {size.Gate} or less is wanted.");
    }

    private void Begin(FlatNetwork<UNet2DConditionModel> flat)
    {
        if (File.Exists(run.StatePath))
        {
            flat.Load(run.StatePath);
            return;
        }

        using var grad = no_grad();
        if (run.Options.From is { } from)
        {
            BaseModelFolder.CopyFrame(from, run.BaseFolder);
            using SafetensorsFile file = SafetensorsFile.Open(Path.Combine(from, "unet", "diffusion_pytorch_model.safetensors"));
            foreach ((string name, TorchSharp.Modules.Parameter parameter) in flat.Network.named_parameters())
            {
                file.ReadInto(name, parameter);
            }

            flat.TakeOver();
            return;
        }

        if (size.Before is { } before)
        {
            string state = run.At($"{before}.state.safetensors");
            if (!File.Exists(state))
            {
                throw new InvalidOperationException($"{size.Name} starts from what {before} learnt, but there is no {state}. Train {before} first.");
            }

            flat.StartFrom(state);
            return;
        }

        foreach ((string name, TorchSharp.Modules.Parameter parameter) in flat.Network.named_parameters())
        {
            if (name.EndsWith("conv2.weight", StringComparison.Ordinal) || name.EndsWith("proj_out.weight", StringComparison.Ordinal))
            {
                parameter.zero_();
            }
        }

        flat.TakeOver();
    }

    /// <summary>VAE, text encoder and tokenizer, which are not trained here.</summary>
    private StableDiffusionModel Frame(FlatNetwork<UNet2DConditionModel> flat)
    {
        if (!File.Exists(Path.Combine(run.BaseFolder, "vae", "config.json")))
        {
            throw new InvalidOperationException($"There is no VAE in {run.BaseFolder}. Train the stage {VaeStage.Name} first, or start from another model.");
        }

        flat.WithAverage(() =>
        {
            BaseModelFolder.WriteUnet(run.BaseFolder, flat.Network);
            return true;
        });
        return StableDiffusionModel.Load(run.BaseFolder);
    }

    /// <summary>Squared error of the predicted noise, one a picture.</summary>
    private Tensor Error(
        UNet2DConditionModel unet, StableDiffusionModel parts, Tensor latents, int[] timesteps, string[] prompts, Generator generator)
    {
        Tensor ids = tensor([.. prompts.SelectMany(prompt => parts.Tokenizer.EncodeRow(prompt, 77))], [prompts.Length, 77]);
        Tensor times = tensor(timesteps.Select(t => (long)t).ToArray());
        Tensor noise = randn(latents.shape, generator: generator);
        Tensor context;
        Tensor noisy;
        using (no_grad())
        {
            context = parts.TextEncoder.Encode(ids);
            noisy = schedule.AddNoise(latents, noise, times);
        }

        return (unet.forward(noisy, times, context) - noise).Squared().mean([1, 2, 3]);
    }

    /// <summary>Little weight where there is almost no noise (Hang et al. 2023), more where there is almost nothing else.</summary>
    private float Weight(int timestep)
    {
        double alpha = schedule.AlphasCumprod[timestep];
        double snr = alpha / (1 - alpha);
        return (float)(snr > MostSnr ? MostSnr / snr : snr < 1 ? 1 / Math.Sqrt(snr) : 1);
    }

    private double HeldOut(UNet2DConditionModel unet, StableDiffusionModel parts)
    {
        int count = run.Options.Measured ?? HeldOutLatents;
        int batch = Math.Min(32, count);
        var pictures = new Pictures(size.Width, size.Height);
        double sum = 0;
        for (int part = 0; part < count / batch; part++)
        {
            using DisposeScope scope = NewDisposeScope();
            int first = Pictures.HeldOut + (part * batch);
            Tensor latents = Latents.Encode(parts.Vae, pictures.AsTensor(pictures.Rows(first, batch)));
            string[] prompts = [.. Enumerable.Range(first, batch).Select(number => Captions.Of(pictures.Scene(number), number % Captions.Templates))];
            int[] timesteps = [.. Enumerable.Range(0, batch).Select(i => (int)((i + 0.5) / batch * 1000))];
            sum += Error(unet, parts, latents, timesteps, prompts, StepRandom.Noise(99, part)).sum().item<float>();
        }

        return sum / count;
    }

    /// <summary>What the model draws now: every view of a few cars and places, and two cars side by side.</summary>
    private void Sheet(long step)
    {
        using StableDiffusionModel model = StableDiffusionModel.Load(run.BaseFolder);
        var painter = new TextToImage(model);
        (Paint Paint, Body Body, Place Place)[] rows =
        [
            (Paint.Red, Body.Sedan, Place.CityStreet), (Paint.Blue, Body.Suv, Place.Highway), (Paint.Yellow, Body.Hatchback, Place.Studio),
            (Paint.White, Body.Coupe, Place.Night), (Paint.Green, Body.Wagon, Place.Rain),
        ];
        var singles = new List<RgbImage>();
        var pairs = new List<RgbImage>();
        foreach ((int number, (Paint paint, Body body, Place place)) in rows.Index())
        {
            foreach (View view in Enum.GetValues<View>())
            {
                var shot = new CarShot(new CarDesign(BodyShape.Of(body)), paint, view, (Facing)(number % 2));
                singles.Add(Draw(painter, Captions.Of(new Scene(place, [shot], 1), 0), size.Width, number));
            }

            CarShot Of(Paint colour, Body kind) => new(new CarDesign(BodyShape.Of(kind)), colour, View.Side, Facing.Left);
            (Paint otherPaint, Body otherBody, _) = rows[(number + 1) % rows.Length];
            pairs.Add(Draw(painter, Captions.Of(new Scene(place, [Of(paint, body), Of(otherPaint, otherBody)], 1), 0), size.Width * 2, number));
        }

        run.WriteSheet($"{size.Name}-{step}.png", singles, 6);
        run.WriteSheet($"{size.Name}-{step}-two.png", pairs, 1);
    }

    private RgbImage Draw(TextToImage painter, string prompt, int width, int seed)
    {
        GeneratedPicture picture = painter.Generate(new TextToImageRequest
        {
            Prompt = prompt,
            Width = width,
            Height = size.Height,
            Steps = 20,
            GuidanceScale = 3,
            Seed = seed,
        });
        return new RgbImage(picture.Width, picture.Height, picture.Rgb);
    }

    /// <summary>Scaled latents of numbered pictures, in fp16 on the disk.</summary>
    private sealed class Latents
    {
        private readonly GrowingCache cache;
        private readonly long[] shape;

        public Latents(PretrainingRun run, Pictures pictures, AutoencoderKL vae, string name)
        {
            Pictures = pictures;
            shape = [Channels, pictures.Height / PixelsPerLatent, pictures.Width / PixelsPerLatent];
            int bytes = (int)(shape[0] * shape[1] * shape[2] * sizeof(ushort));
            cache = new GrowingCache(run.At($"latents-{name}.f16"), bytes, (first, count) =>
            {
                using DisposeScope scope = NewDisposeScope();
                return Encode(vae, pictures.AsTensor(pictures.Rows(first, count))).to(ScalarType.Float16).bytes.ToArray();
            });
        }

        public Pictures Pictures { get; }

        public void Fill(int count) => cache.Fill(count);

        /// <summary>[B, 4, H/4, W/4] fp32.</summary>
        public Tensor Read(int[] numbers)
        {
            using DisposeScope scope = NewDisposeScope();
            Tensor half = empty([numbers.Length, .. shape], dtype: ScalarType.Float16);
            cache.Read(numbers).CopyTo(half.bytes);
            return half.to(ScalarType.Float32).MoveToOuterDisposeScope();
        }

        public static Tensor Encode(AutoencoderKL vae, Tensor pixels)
        {
            using DisposeScope scope = NewDisposeScope();
            using var grad = no_grad();
            return vae.Encode(pixels).Mean.Times(vae.Config.ScalingFactor).contiguous().MoveToOuterDisposeScope();
        }
    }
}
