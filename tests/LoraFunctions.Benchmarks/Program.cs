using LoraFunctions.Benchmarks.Composition;
using LoraFunctions.Benchmarks.Engine;
using LoraFunctions.Benchmarks.Fuzzing;
using LoraFunctions.Benchmarks.Images;
using LoraFunctions.Benchmarks.Night;
using LoraFunctions.Benchmarks.Scalars;
using LoraFunctions.Benchmarks.Showroom;
using LoraFunctions.Benchmarks.Training;

var verbs = new Dictionary<string, (string What, Action<string[]> Run)>(StringComparer.Ordinal)
{
    ["engine"] = ("full-size Stable Diffusion 1.5, random weights: UNet, VAE decoder, text encoder against a matrix product", EngineBenchmark.Run),
    ["load"] = ("[rounds]: the full-size model from one file of 4.3 GB, and from one in half precision; time and memory", LoadBenchmark.Run),
    ["train"] = ("[step] [checkpointing] [rounds]: full-size training steps and their memory", TrainingBenchmark.Run),
    ["warm-start"] = ("[key=value ...]: steps that a training saves which begins with the car model's last LoRA, on drawn photos", WarmStartBenchmark.Run),
    ["learning"] = ("[picture]: the loss on four fixed latents falls; a plot", LearningPlot.Run),
    ["composition"] = ("[seeds] [folder] [left LoRA] [right LoRA]: two cars in one picture by every method, judged by the paint of either half; a sheet each", CompositionBenchmark.Run),
    ["comparison"] = ("left=LORA right=LORA [key=value ...]: two trained car models in one picture, judged by what either half shows", ComparisonBenchmark.Run),
    ["composition-cost"] = ("[WxH] [rounds]: full size: every method against one LoRA at the same size; two LoRAs against a bare UNet", CompositionCost.Run),
    ["fuzz"] = (Fuzz.What, Fuzz.Run),
    ["night"] = ("[models ...]: whole nights on the engine in memory, 250 and 1000 models; what four times the models cost", NightBenchmark.Run),
    ["night-azurite"] = ("[listings]: a night on the engine as `lora nightly` has it, on Azurite; time and storage calls in the engine alone", NightBenchmark.RunOnAzurite),
    ["finding"] = ("[archived listings ...]: a night's new listings found among 1,000, 10,000 and 100,000 archived ones; time and storage calls", FindingBenchmark.Run),
    ["images"] = ("[rounds] [photos]: a photo of 12 megapixels step by step, many of them through lora prepare against their decoding, a rendered picture encoded", ImageBenchmark.Run),
    ["gate"] = ("[shots] [CLIP]: near duplicates, blur and a CLIP's answers on drawings whose truth is known: what is found, what is taken for one", GateBenchmark.Run),
    ["showroom"] = ("[speed|labels|base] [count] [folder]: drawn pictures a second; the labels' share of right words; how the base model follows its prompts", ShowroomBenchmark.Run),
    ["lora"] = ("[key=value ...]: a LoRA for each of the demo's car models, and whether what it draws is nearest to that model by two judges", LoraBenchmark.Run),
    ["stress-scalars"] = ("[calls]: operations of tensors with numbers, five million of them, under constant garbage collection; exit code 1 if one fails or is wrong", ScalarStress.Run),
    ["stress-training"] = ("[rounds]: lora label on 45 photos and 200 steps of training, 20 times each, under constant garbage collection; exit code 1 if two differ", TrainingStress.Run),
};

if (args.Length > 0 && verbs.TryGetValue(args[0], out var verb))
{
    verb.Run(args[1..]);
    return Environment.ExitCode;
}

Console.Error.WriteLine("usage: dotnet run -c Release --project tests/LoraFunctions.Benchmarks -- VERB [ARGUMENTS]");
foreach (var (name, (what, _)) in verbs)
{
    Console.Error.WriteLine($"  {name,-18} {what}");
}

return 2;
