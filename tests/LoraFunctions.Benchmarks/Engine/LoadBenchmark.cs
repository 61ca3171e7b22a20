using System.Diagnostics;
using LoraFunctions.Diffusion.Checkpoints;
using LoraFunctions.Diffusion.Models;
using LoraFunctions.Diffusion.Safetensors;
using TorchSharp;
using static TorchSharp.torch;

namespace LoraFunctions.Benchmarks.Engine;

/// <summary>Loads Stable Diffusion 1.5 at full size from one LDM file: 4.3 GB in fp32, half of that in fp16. The file is made first.</summary>
internal static class LoadBenchmark
{
    private const int DefaultRounds = 5;

    /// <summary>Making the file and loading it each have a process of their own: what an allocator keeps would blur the peak.</summary>
    public static void Run(string[] arguments)
    {
        switch (arguments)
        {
            case ["write", var path, var precision]:
                Write(path, Enum.Parse<ScalarType>(precision));
                break;
            case ["measure", var path, var count]:
                Measure(path, int.Parse(count));
                break;
            default:
                foreach (var precision in new[] { ScalarType.Float32, ScalarType.Float16 })
                {
                    var path = Path.Combine(Path.GetTempPath(), $"lora-load-{precision}.safetensors");
                    try
                    {
                        RunSelf("load", "write", path, $"{precision}");
                        RunSelf("load", "measure", path, arguments.FirstOrDefault() ?? $"{DefaultRounds}");
                    }
                    finally
                    {
                        File.Delete(path);
                    }
                }

                break;
        }
    }

    private static void RunSelf(params string[] arguments)
    {
        using var process = Process.Start(Environment.ProcessPath!, arguments);
        process.WaitForExit();
        if (process.ExitCode != 0)
        {
            throw new InvalidOperationException($"{string.Join(' ', arguments)} ended with exit code {process.ExitCode}.");
        }
    }

    private static void Write(string path, ScalarType precision)
    {
        using var scope = NewDisposeScope();
        using var grad = no_grad();
        var unet = new UNet2DConditionModel(new UNetConfig(), ParameterSource.Random(1));
        var vae = new AutoencoderKL(new VaeConfig(), ParameterSource.Random(2));
        var text = new ClipTextModel(new ClipTextConfig(), ParameterSource.Random(3));
        var tensors = unet.named_parameters().Select(p => (Name: LdmNames.Unet(p.name, unet.Config), p.parameter))
            .Concat(vae.named_parameters().Select(p => (Name: LdmNames.Vae(p.name, vae.Config), p.parameter)))
            .Concat(text.named_parameters().Select(p => (Name: LdmNames.Text(p.name).First(), p.parameter)))
            .ToDictionary(p => p.Name, p => p.parameter.to(precision).contiguous(), StringComparer.Ordinal);
        SafetensorsWriter.Write(path, tensors);
        unet.Dispose();
        vae.Dispose();
        text.Dispose();
    }

    private static void Measure(string path, int rounds)
    {
        using (zeros(1))
        {
            // libtorch itself is loaded
        }

        var baseline = ResidentMemory.Now;
        var seconds = new List<double>();
        var shares = new List<double>();
        for (var round = 0; round < rounds; round++)
        {
            ResidentMemory.ResetPeak();
            var watch = Stopwatch.StartNew();
            using var model = StableDiffusionModel.Load(path, new StableDiffusionLoadOptions { RequireTokenizer = false });
            seconds.Add(watch.Elapsed.TotalSeconds);
            var kept = new nn.Module[] { model.Unet, model.Vae, model.TextEncoder }.SelectMany(m => m.parameters()).Sum(p => p.numel() * p.element_size()) / 1e9;
            shares.Add((ResidentMemory.Peak - baseline) / kept);
        }

        Console.WriteLine(
            $"load {new FileInfo(path).Length / 1e9:F2} GB, {Path.GetFileNameWithoutExtension(path)}: {SideBySide.Median(seconds):F2} s; peak {shares.Max():F2} x the weights kept (fp32)");
    }
}
