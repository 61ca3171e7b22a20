using System.Diagnostics;
using System.Globalization;
using LoraFunctions.Diffusion;
using LoraFunctions.Diffusion.Generation;
using LoraFunctions.Diffusion.Lora;
using LoraFunctions.Diffusion.Models;
using LoraFunctions.Diffusion.Sampling;
using LoraFunctions.Diffusion.Tokenization;
using LoraFunctions.Showroom;
using static TorchSharp.torch;

namespace LoraFunctions.Benchmarks.Composition;

/// <summary>
/// <c>composition-cost [WxH] [rounds]</c>: what every method costs against a picture of the same size with one LoRA, and what two LoRAs cost a
/// pass of the UNet; full-size Stable Diffusion 1.5 with random weights, the methods in turn within each round.
/// </summary>
internal static class CompositionCost
{
    private const int Threads = 2;
    private const int Steps = 3;
    private const long Rank = 8;

    /// <summary>A picture's time from a step's and the rest's (prompts, decoding).</summary>
    private const int UsualSteps = 30;

    public static void Run(string[] arguments)
    {
        set_num_threads(Threads);
        int[] size = [.. (arguments.Length > 0 ? arguments[0] : "960x512").Split('x').Select(s => int.Parse(s, CultureInfo.InvariantCulture))];
        var rounds = arguments.Length > 1 ? int.Parse(arguments[1], CultureInfo.InvariantCulture) : 2;
        using var grad = no_grad();
        using var unet = new UNet2DConditionModel(new UNetConfig(), ParameterSource.Random(1));
        using var vae = new AutoencoderKL(new VaeConfig(), ParameterSource.Random(2));
        using var text = new ClipTextModel(new ClipTextConfig(), ParameterSource.Random(3));
        using var left = Lora(unet, text, 4);
        using var right = Lora(unet, text, 5);
        Console.WriteLine($"{Threads} threads; two LoRAs of rank {Rank} on the {left.Modules.Count} layers that kohya's trainer adapts");
        Forward(unet, left, right, rounds);

        var painter = new TextToImage(text, unet, vae, ClipTokenizer.Load(Path.Combine(ShowroomModels.BaseModel, "tokenizer")));
        var single = new TextToImageRequest { Prompt = "a red car <lora:left:0.8>", Width = size[0], Height = size[1], Steps = Steps, Sampler = "Euler" };
        var both = new Diffusion.Generation.Composition([single.Prompt, "a blue car <lora:right:0.8>"]);
        var ways = new Dictionary<string, TextToImageRequest>(StringComparer.Ordinal) { ["one LoRA"] = single };
        foreach (var method in (CompositionMethod[])[CompositionMethod.Halves, CompositionMethod.Masks, CompositionMethod.Attention, CompositionMethod.DeltaMask])
        {
            ways[method.ToString()] = single with { Prompt = "two cars", Composition = both with { Method = method } };
        }

        var times = ways.Keys.ToDictionary(name => name, _ => (Step: new List<double>(), Other: new List<double>()), StringComparer.Ordinal);
        ResidentMemory.ResetPeak();
        for (var round = 0; round < rounds; round++)
        {
            foreach (var (name, request) in ways)
            {
                var watch = new Watch();
                painter.Generate(request, [new LoraSelection("left", left), new LoraSelection("right", right)], watch);
                times[name].Step.AddRange(watch.Steps);
                times[name].Other.Add(watch.All - watch.Steps.Average() * Steps);
            }
        }

        var one = Seconds("one LoRA");
        foreach (var name in ways.Keys)
        {
            var (step, picture) = Seconds(name);
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"{name,-12} {size[0]}x{size[1]}: {step,6:f2} s a step ({step / one.Step:f2}x), {picture,6:f1} s a picture of {UsualSteps} steps ({picture / one.Picture:f2}x)"));
        }

        Console.WriteLine($"medians; peak {ResidentMemory.Peak:f2} GB");

        (double Step, double Picture) Seconds(string name)
        {
            var step = SideBySide.Median(times[name].Step);
            return (step, step * UsualSteps + SideBySide.Median(times[name].Other));
        }
    }

    /// <summary>A pass at 512x512 for two rows, bare and with both LoRAs on each, in turn.</summary>
    private static void Forward(UNet2DConditionModel unet, LoraWeights left, LoraWeights right, int rounds)
    {
        using var latents = randn(2, 4, 64, 64);
        using var timestep = tensor([981f]);
        using var context = randn(2, 77, 768);
        var (bare, adapted) = (new List<double>(), new List<double>());
        for (var round = 0; round <= 2 * rounds; round++)
        {
            var alone = Time();
            using var network = LoraNetwork.Attach(unet.AdaptableLayers(), null, [new LoraUse(left, 0.8), new LoraUse(right, 0.8)]);
            var carrying = Time();
            if (round > 0) // the first warms up
            {
                bare.Add(alone);
                adapted.Add(carrying);
            }
        }

        var (without, with) = (SideBySide.Median(bare), SideBySide.Median(adapted));
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"UNet forward [2, 4, 64, 64]: {without:f2} s bare, {with:f2} s with both LoRAs on both rows ({with / without - 1:P1} more)"));

        double Time()
        {
            var watch = Stopwatch.StartNew();
            unet.forward(latents, timestep, context).Dispose();
            return watch.Elapsed.TotalSeconds;
        }
    }

    private static LoraWeights Lora(UNet2DConditionModel unet, ClipTextModel text, ulong seed)
    {
        using var generator = new Generator(seed);
        return new LoraWeights(LoraLayers.Choose(unet.AdaptableLayers(), LoraTargets.Kohya, text.AdaptableLayers()).Select(layer =>
        {
            var (down, up) = LoraLayers.Shapes(layer.Value, Rank);
            return new LoraModule(layer.Key, randn(down, generator: generator).TimesInPlace(0.01), randn(up, generator: generator).TimesInPlace(0.01), Rank);
        }));
    }

    /// <summary>Times between the steps' ends, and of everything.</summary>
    private sealed class Watch : IProgress<SamplingProgress>
    {
        private readonly Stopwatch _watch = Stopwatch.StartNew();
        private double _last;

        public List<double> Steps { get; } = [];

        public double All => _watch.Elapsed.TotalSeconds;

        public void Report(SamplingProgress value)
        {
            if (value.Step > 1)
            {
                Steps.Add(All - _last);
            }

            _last = All;
        }
    }
}
