using LoraFunctions.Diffusion.Models;
using TorchSharp;
using static TorchSharp.torch;

namespace LoraFunctions.Benchmarks.Engine;

/// <summary>The three networks of Stable Diffusion 1.5 at full size. Random weights cost what trained ones cost.</summary>
internal static class EngineBenchmark
{
    private const int Threads = 2;
    private const int Rounds = 5;

    // Multiplications and additions of the products, convolutions and attentions.
    private const double UnetFlopBatch2At512 = 1.61e12;
    private const double VaeDecodeFlopAt512 = 2.48e12;

    public static void Run(string[] arguments)
    {
        set_num_threads(Threads);
        using var grad = no_grad();
        using var sideBySide = new SideBySide();
        var rounds = arguments.Length > 0 ? int.Parse(arguments[0]) : Rounds;
        Console.WriteLine($"{Threads} threads, median of {rounds}, in turn with a 2048^3 product; peak: resident memory of the whole process");

        using (var unet = new UNet2DConditionModel(new UNetConfig(), ParameterSource.Random(1)))
        {
            unet.eval();
            using var latents = randn(2, 4, 64, 64);
            using var timesteps = tensor(new long[] { 981, 981 });
            using var context = randn(2, 77, 768);
            sideBySide.Measure("UNet forward, [2, 4, 64, 64]", UnetFlopBatch2At512, rounds, () => unet.forward(latents, timesteps, context));
        }

        using (var vae = new AutoencoderKL(new VaeConfig(), ParameterSource.Random(2)))
        {
            vae.eval();
            using var latents = randn(1, 4, 64, 64);
            sideBySide.Measure("VAE decode, [1, 4, 64, 64] to 512x512", VaeDecodeFlopAt512, rounds, () => vae.Decode(latents));
        }

        using (var text = new ClipTextModel(new ClipTextConfig(), ParameterSource.Random(3)))
        {
            text.eval();
            using var ids = randint(0, 49408, [2, 77], dtype: int64);
            sideBySide.Measure("text encoder, [2, 77]", 0, rounds, () => text.Encode(ids, clipSkip: 1));
        }
    }
}
