using LoraFunctions.Benchmarks.Engine;

var verbs = new Dictionary<string, (string What, Action<string[]> Run)>(StringComparer.Ordinal)
{
    ["engine"] = ("full-size Stable Diffusion 1.5, random weights: UNet, VAE decoder, text encoder against a matrix product", EngineBenchmark.Run),
};

if (args.Length > 0 && verbs.TryGetValue(args[0], out var verb))
{
    verb.Run(args[1..]);
    return 0;
}

Console.Error.WriteLine("usage: dotnet run -c Release --project tests/LoraFunctions.Benchmarks -- VERB [ARGUMENTS]");
foreach (var (name, (what, _)) in verbs)
{
    Console.Error.WriteLine($"  {name,-18} {what}");
}

return 2;
