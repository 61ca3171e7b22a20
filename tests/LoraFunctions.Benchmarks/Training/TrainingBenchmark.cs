using System.Diagnostics;
using System.Globalization;
using LoraFunctions.Diffusion;
using LoraFunctions.Diffusion.Lora;
using LoraFunctions.Diffusion.Models;
using LoraFunctions.Diffusion.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace LoraFunctions.Benchmarks.Training;

/// <summary>
/// Training steps of full-size Stable Diffusion 1.5 (random weights) over the 128 attention projections at 512x512, against the forward pass
/// of the same run: times drift with the machine, ratios do not.
/// </summary>
internal static class TrainingBenchmark
{
    private const int Threads = 2;
    private const int Rank = 8;

    /// <param name="arguments">Which of <c>step</c>, <c>checkpointing</c>; both without any. A number: rounds.</param>
    public static void Run(string[] arguments)
    {
        set_num_threads(Threads);
        var rounds = arguments.Where(a => char.IsAsciiDigit(a[0])).Select(a => int.Parse(a, CultureInfo.InvariantCulture)).FirstOrDefault(3);
        var wanted = arguments.Where(a => !char.IsAsciiDigit(a[0])).ToArray();
        using var unet = new UNet2DConditionModel(new UNetConfig(), ParameterSource.Random(1));
        using var text = new ClipTextModel(new ClipTextConfig { NumHiddenLayers = 1 }, ParameterSource.Random(2));
        using var conditions = new TextConditions(text, _ => [.. Enumerable.Repeat(1L, 77)]);
        var trainer = new Stage(unet, conditions, rounds);
        Console.WriteLine($"{Threads} threads, median of {rounds}; resident with the base loaded {ResidentMemory.Now:F2} GB");

        if (Wants("step"))
        {
            var forward = trainer.Forward(1);
            var adapted = trainer.ForwardWithLora(1);
            var step = trainer.Step("batch 1", batchSize: 1, checkpointing: false);
            Console.WriteLine($"forward with the LoRA / forward, batch 1: {adapted / forward:F2}");
            Console.WriteLine($"step / forward, batch 1: {step / forward:F2}");
        }

        if (Wants("checkpointing"))
        {
            trainer.Step("batch 4, gradient checkpointing", batchSize: 4, checkpointing: true);
        }

        bool Wants(string name) => wanted.Length == 0 || wanted.Contains(name, StringComparer.Ordinal);
    }

    private sealed class Stage(UNet2DConditionModel unet, TextConditions conditions, int rounds)
    {
        public double Forward(int batchSize, string how = "")
        {
            using var noGrad = no_grad();
            using var scope = NewDisposeScope();
            var (latents, context) = (randn(batchSize, 4, 64, 64), randn(batchSize, 77, 768));
            var timesteps = TensorMath.Filled([batchSize], 500, ScalarType.Int64);
            ResidentMemory.ResetPeak();
            var times = new List<double>();
            for (var i = 0; i <= rounds; i++)
            {
                var watch = Stopwatch.StartNew();
                unet.forward(latents, timesteps, context).Dispose();
                times.Add(watch.Elapsed.TotalSeconds);
            }

            return Report($"forward, batch {batchSize}{how}", times);
        }

        public double ForwardWithLora(int batchSize)
        {
            using var lora = RandomLora();
            using var network = LoraNetwork.Attach(unet.AdaptableLayers(), null, [new LoraUse(lora, 0.8, 0.8)]);
            return Forward(batchSize, ", with a LoRA");
        }

        public double Step(string name, int batchSize, bool checkpointing)
        {
            using var scope = NewDisposeScope();
            var watch = Stopwatch.StartNew();
            var times = new List<double>();
            var clock = new Clock(() =>
            {
                times.Add(watch.Elapsed.TotalSeconds);
                watch.Restart();
            });
            var run = new LoraTrainingRun
            {
                Name = "step",
                Options = new LoraTrainingOptions { Rank = Rank, BatchSize = batchSize, Epochs = rounds + 1, GradientCheckpointing = checkpointing },
                Examples = [.. Enumerable.Range(0, batchSize).Select(i => new TrainingExample
                {
                    Name = $"{i}", Caption = "car", Latents = new LatentDistribution(randn(4, 64, 64), zeros(4, 64, 64)),
                })],
            };
            ResidentMemory.ResetPeak();
            new LoraTrainer(unet, conditions, new DiffusionObjective()) { Callback = clock }.Train(run).Dispose();

            return Report("step, " + name, times);
        }

        private LoraWeights RandomLora()
        {
            var layers = LoraNetwork.Layers(unet.AdaptableLayers(), null).Where(l => l.Key.Path.Contains(".attn", StringComparison.Ordinal));
            return new LoraWeights([.. layers.Select(l => new LoraModule(l.Key, randn(Rank, l.Value.Weight.shape[1]), randn(l.Value.Weight.shape[0], Rank), Rank))]);
        }

        // The first one warms caches and allocators up.
        private static double Report(string name, List<double> times)
        {
            var median = SideBySide.Median(times.Skip(1));
            Console.WriteLine($"{name,-46} {median,8:F2} s  peak {ResidentMemory.Peak,5:F2} GB");
            return median;
        }
    }

    private sealed class Clock(Action done) : ITrainerCallback
    {
        public void OnStepEnd(TrainingStep step) => done();
    }
}
