using System.Text.Json;
using LoraFunctions.Diffusion.Models;
using LoraFunctions.Diffusion.Tokenization;

namespace LoraFunctions.Diffusion.Checkpoints;

/// <summary>A checkpoint's files opened and understood, nothing of its weights read yet.</summary>
internal sealed class StableDiffusionParts : IDisposable
{
    private readonly string path;
    private readonly List<TensorFiles> files = [];
    private readonly List<string> configurations = [];

    private StableDiffusionParts(string path) => this.path = path;

    public required NetworkPart<ClipTextModel> TextEncoder { get; init; }

    public required NetworkPart<UNet2DConditionModel> Unet { get; init; }

    public required NetworkPart<AutoencoderKL> Vae { get; init; }

    public required PredictionType Prediction { get; init; }

    public required ClipTokenizer? Tokenizer { get; init; }

    /// <summary>Why there is no tokenizer.</summary>
    public required string? TokenizerProblem { get; init; }

    public IReadOnlyList<string> UsedFiles =>
        [.. files.SelectMany(opened => opened.Paths), .. configurations, .. Tokenizer is null
            ? [] : new[] { "vocab.json", "merges.txt" }.Select(name => Path.Combine(Tokenizer.Folder, name))];

    public static StableDiffusionParts Open(string path, StableDiffusionLoadOptions options)
    {
        if (Directory.Exists(path))
        {
            return OpenFolder(path, options);
        }

        if (!File.Exists(path))
        {
            throw new CheckpointException(
                $"There is no base model at {Path.GetFullPath(path)}. Give a .safetensors file or a diffusers folder.");
        }

        return OpenFile(path, options);
    }

    /// <exception cref="CheckpointException">Tensors are missing, left over or misshaped, or the vocabulary is larger than the text
    /// encoder's table.</exception>
    public void Check(bool ignoreLeftOver)
    {
        var faults = new CheckpointFaults();
        foreach (var opened in files)
        {
            var loader = new NetworkLoader(opened, faults);
            if (opened == TextEncoder.Files)
            {
                TextEncoder.Check(loader);
            }

            if (opened == Unet.Files)
            {
                Unet.Check(loader);
            }

            if (opened == Vae.Files)
            {
                Vae.Check(loader);
            }

            if (!ignoreLeftOver)
            {
                loader.CheckLeftOver(LdmNames.IsIgnored);
            }
        }

        faults.ThrowIfAny(path);
    }

    public void Dispose() => files.ForEach(opened => opened.Dispose());

    private static StableDiffusionParts OpenFile(string path, StableDiffusionLoadOptions options)
    {
        var opened = TensorFiles.Open(path);
        try
        {
            Architecture.DemandSd1(opened);
            var sizes = new LdmSizes(opened, options);
            var (unet, vae, text) = (sizes.Unet(), sizes.Vae(), sizes.Text());
            Architecture.DemandFitting(unet, text, vae, path);
            var beside = Path.GetDirectoryName(Path.GetFullPath(path))!;
            var (tokenizer, problem) = FindTokenizer(path, options, text, Path.Combine(beside, "tokenizer"), beside);
            var parts = new StableDiffusionParts(path)
            {
                TextEncoder = new(opened, source => new ClipTextModel(text, source), LdmNames.Text),
                Unet = new(opened, source => new UNet2DConditionModel(unet, source), name => [LdmNames.Unet(name, unet)]),
                Vae = new(opened, source => new AutoencoderKL(vae, source), name => [LdmNames.Vae(name, vae)]),
                Prediction = options.Prediction ?? PredictionType.Epsilon,
                Tokenizer = tokenizer,
                TokenizerProblem = problem,
            };
            parts.files.Add(opened);
            return parts;
        }
        catch
        {
            opened.Dispose();
            throw;
        }
    }

    private static StableDiffusionParts OpenFolder(string folder, StableDiffusionLoadOptions options)
    {
        Architecture.DemandSd1(folder);
        string Config(string part) => Path.Combine(folder, part, "config.json");
        var (unetFile, textFile, vaeFile) = (Config("unet"), Config("text_encoder"), Config("vae"));
        var unetJson = JsonFile.Read(unetFile);
        Architecture.DemandSd1Unet(unetJson, unetFile);
        var unet = UNetConfig.Parse(unetJson, unetFile);
        var text = ClipTextConfig.Parse(JsonFile.Read(textFile), textFile);
        var vae = VaeConfig.Parse(JsonFile.Read(vaeFile), vaeFile);
        Architecture.DemandFitting(unet, text, vae, folder);
        var (tokenizer, problem) = FindTokenizer(folder, options, text, Path.Combine(folder, "tokenizer"));
        var scheduler = Path.Combine(folder, "scheduler", "scheduler_config.json");
        var opened = new List<TensorFiles>();
        try
        {
            TensorFiles Part(string part, string stem)
            {
                opened.Add(TensorFiles.OpenPart(Path.Combine(folder, part), stem));
                return opened[^1];
            }

            var parts = new StableDiffusionParts(folder)
            {
                TextEncoder = new(Part("text_encoder", "model"), source => new ClipTextModel(text, source), name => [name]),
                Unet = new(Part("unet", "diffusion_pytorch_model"), source => new UNet2DConditionModel(unet, source), name => [name]),
                Vae = new(Part("vae", "diffusion_pytorch_model"), source => new AutoencoderKL(vae, source), LdmNames.DiffusersVae),
                Prediction = options.Prediction ?? ReadPrediction(scheduler),
                Tokenizer = tokenizer,
                TokenizerProblem = problem,
            };
            parts.files.AddRange(opened);
            parts.configurations.AddRange(new[] { unetFile, textFile, vaeFile, scheduler }.Where(File.Exists));
            return parts;
        }
        catch
        {
            opened.ForEach(file => file.Dispose());
            throw;
        }
    }

    private static (ClipTokenizer? Tokenizer, string? Problem) FindTokenizer(string model, StableDiffusionLoadOptions options,
        ClipTextConfig text, params string[] places)
    {
        var looked = options.TokenizerFolder is { } given ? [given] : places;
        var found = looked.FirstOrDefault(place => File.Exists(Path.Combine(place, "vocab.json")));
        if (found is null)
        {
            var problem = $"{model}: its tokenizer's vocabulary is missing; looked for vocab.json and merges.txt in "
                + $"{string.Join(" and ", looked)}. Put CLIP's there; they are the same for every Stable Diffusion 1.";
            return options.RequireTokenizer ? throw new CheckpointException(problem) : (null, problem);
        }

        var tokenizer = ClipTokenizer.Load(found);
        return tokenizer.HighestId < text.VocabSize
            ? (tokenizer, null)
            : throw new CheckpointException($"{found}: its token ids go up to {tokenizer.HighestId}, but the text encoder of {model} "
                + $"knows only {text.VocabSize}. It is another model's vocabulary.");
    }

    private static PredictionType ReadPrediction(string scheduler)
    {
        if (!File.Exists(scheduler) || JsonFile.Read(scheduler) is not { ValueKind: JsonValueKind.Object } json
            || !json.TryGetProperty("prediction_type", out var type))
        {
            return PredictionType.Epsilon;
        }

        return type.ToString() switch
        {
            "epsilon" => PredictionType.Epsilon,
            "v_prediction" => PredictionType.VPrediction,
            var other =>
                throw new CheckpointException(
                    $"{scheduler}: prediction_type is '{CheckpointException.Printable(other)}'; known are epsilon and v_prediction."),
        };
    }
}
