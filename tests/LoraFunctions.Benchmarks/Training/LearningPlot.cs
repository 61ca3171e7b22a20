using LoraFunctions.Diffusion;
using LoraFunctions.Diffusion.Checkpoints;
using LoraFunctions.Diffusion.Training;
using LoraFunctions.Imaging.Codecs;
using LoraFunctions.Jobs.Training.Log;
using LoraFunctions.Showroom.SmallModels;
using TorchSharp;
using static TorchSharp.torch;

namespace LoraFunctions.Benchmarks.Training;

/// <summary>
/// Shows that learning works: four fixed latents with fixed timesteps and noise on the demo's small model. The first step's loss is the
/// base's own, because a fresh LoRA adds nothing.
/// </summary>
internal static class LearningPlot
{
    private const int Steps = 60;

    public static void Run(string[] arguments)
    {
        var picture = arguments.Length > 0 ? arguments[0] : "learning.png";
        var folder = Directory.CreateTempSubdirectory("lora-learning-").FullName;
        try
        {
            SmallModel.WriteStableDiffusion(folder);
            using var scope = NewDisposeScope();
            using var model = StableDiffusionModel.Load(folder);
            using var text = new TextConditions(model.TextEncoder, caption => model.Tokenizer.EncodeRow(caption));
            using var generator = new Generator(7);
            var seen = new Losses();
            var run = new LoraTrainingRun
            {
                Name = "four fixed latents",
                Options = new LoraTrainingOptions { FixedNoise = true, Rank = 8, Alpha = 16, LearningRate = 1e-2, Dropout = 0, Epochs = Steps, BatchSize = 4, Validation = null },
                Examples = [.. Enumerable.Range(0, 4).Select(i => new TrainingExample
                {
                    Name = $"{i}",
                    Caption = "Aurora Sedan, side view",
                    Latents = new LatentDistribution(randn([4, 16, 16], generator: generator), TensorMath.Filled([4, 16, 16], -30)),
                })],
            };
            new LoraTrainer(model.Unet, text, new DiffusionObjective()) { Callback = seen }.Train(run).Dispose();

            File.WriteAllBytes(picture, ImageCodec.EncodePng(LossPlot.Draw("Loss on four fixed latents", seen.Steps)));
            var (first, last) = (seen.Steps[0].Loss, seen.Steps[^1].Loss);
            Console.WriteLine($"loss without LoRA {first:F4}, with it after {Steps} steps {last:F4} = {last / first:F2} x; plot: {picture}");
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private sealed class Losses : ITrainerCallback
    {
        public List<(int Step, double Loss)> Steps { get; } = [];

        public void OnStepEnd(TrainingStep step) => Steps.Add(((int)step.Step, step.Loss));
    }
}
