using System.Diagnostics;
using System.Globalization;
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

    /// <summary>Making the file and every load have a process of their own: what an allocator keeps would blur the peak.</summary>
    public static void Run(string[] arguments)
    {
        switch (arguments)
        {
            case ["write", var path, var precision]:
                Write(path, Enum.Parse<ScalarType>(precision));
                break;
            case ["measure", var path]:
                Measure(path);
                break;
            default:
                var rounds = arguments is [var count] ? int.Parse(count, CultureInfo.InvariantCulture) : DefaultRounds;
                foreach (var precision in new[] { ScalarType.Float32, ScalarType.Float16 })
                {
                    Compare(precision, rounds);
                }

                break;
        }
    }

    private static void Compare(ScalarType precision, int rounds)
    {
        var path = Path.Combine(Path.GetTempPath(), $"lora-load-{precision}.safetensors");
        try
        {
            RunSelf("load", "write", path, $"{precision}");
            var measured = Enumerable.Range(0, rounds)
                .Select(_ => RunSelf("load", "measure", path).Split(' ').Select(n => double.Parse(n, CultureInfo.InvariantCulture)).ToArray())
                .ToArray();
            var (seconds, share) = (SideBySide.Median(measured.Select(m => m[0])), measured.Max(m => m[1]));
            Console.WriteLine(
                $"load {new FileInfo(path).Length / 1e9:F2} GB, {precision}: median of {rounds} {seconds:F2} s; peak {share:F2} x the weights kept (fp32), at most");
        }
        finally
        {
            File.Delete(path);
        }
    }

    private static string RunSelf(params string[] arguments)
    {
        var start = new ProcessStartInfo(Environment.ProcessPath!, arguments) { RedirectStandardOutput = true, UseShellExecute = false };
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0
            ? output
            : throw new InvalidOperationException($"{string.Join(' ', arguments)} ended with exit code {process.ExitCode}.");
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

    private static void Measure(string path)
    {
        using (zeros(1))
        {
            // libtorch itself is loaded
        }

        var baseline = ResidentMemory.Now;
        ResidentMemory.ResetPeak();
        var watch = Stopwatch.StartNew();
        using var model = StableDiffusionModel.Load(path, new StableDiffusionLoadOptions { RequireTokenizer = false });
        var seconds = watch.Elapsed.TotalSeconds;
        var kept = new nn.Module[] { model.Unet, model.Vae, model.TextEncoder }.SelectMany(m => m.parameters()).Sum(p => p.numel() * p.element_size()) / 1e9;
        var share = (ResidentMemory.Peak - baseline) / kept;
        Console.Write(string.Create(CultureInfo.InvariantCulture, $"{seconds} {share}"));
    }
}
