using System.Text.Json;
using LoraFunctions.Diffusion.Models;
using LoraFunctions.Diffusion.Models.Layers;
using LoraFunctions.Diffusion.Tokenization;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace LoraFunctions.Diffusion.Checkpoints;

/// <summary>CLIP (Radford et al. 2021) in HF's or open_clip's layout: pictures and texts into one space, where near means alike.</summary>
public sealed class ClipModel : IDisposable
{
    private const string OpenClipStem = "open_clip_model";

    private readonly Network network;
    private readonly ClipTokenizer? tokenizer;
    private readonly string? tokenizerProblem;

    private ClipModel(string folder, Network network, long projectionDim, ClipTokenizer? tokenizer, string? tokenizerProblem,
        ImageProcessor imageProcessor)
    {
        Folder = folder;
        this.network = network;
        ProjectionDim = projectionDim;
        this.tokenizer = tokenizer;
        this.tokenizerProblem = tokenizerProblem;
        ImageProcessor = imageProcessor;
    }

    public string Folder { get; }

    public ClipVisionConfig VisionConfig => network.Vision.Config;

    public ClipTextConfig TextConfig => network.Text.Config;

    /// <summary>Width of the common space.</summary>
    public long ProjectionDim { get; }

    /// <summary>What cosine similarities are multiplied by before the softmax: the exponential of the file's <c>logit_scale</c>.</summary>
    public double LogitScale => network.LogitScale;

    /// <summary>Makes <see cref="EncodeImages"/>' input from pictures.</summary>
    public ImageProcessor ImageProcessor { get; }

    /// <exception cref="CheckpointException">The folder came without a vocabulary.</exception>
    public ClipTokenizer Tokenizer => tokenizer ?? throw new CheckpointException(tokenizerProblem!);

    /// <param name="folder">
    /// config.json, model.safetensors, vocab.json, merges.txt; preprocessor_config.json where present. open_clip's: open_clip_config.json and
    /// open_clip_model.safetensors in place of the first two.
    /// </param>
    /// <param name="device">Null: CPU. Computed in fp32 on either.</param>
    /// <param name="requireTokenizer">False: a folder without a vocabulary loads, and only <see cref="Tokenizer"/> fails.</param>
    /// <exception cref="CheckpointException">Missing, damaged, no CLIP, or with missing, left-over or misshaped tensors, all of them
    /// listed.</exception>
    public static ClipModel Load(string folder, Device? device = null, bool requireTokenizer = true)
    {
        if (!Directory.Exists(folder))
        {
            throw new CheckpointException($"There is no CLIP model at {Path.GetFullPath(folder)}. Give a folder with config.json, "
                + "model.safetensors (or open_clip's open_clip_config.json, open_clip_model.safetensors), vocab.json and merges.txt.");
        }

        var (textConfig, visionConfig, projection) = ReadSizes(folder);
        var problem = File.Exists(Path.Combine(folder, "vocab.json")) ? null
            : $"{folder}: CLIP's vocabulary is missing: there is no vocab.json beside its config.json.";
        if (problem is not null && requireTokenizer)
        {
            throw new CheckpointException(problem);
        }

        var vocabulary = problem is null ? ClipTokenizer.Load(folder) : null;
        if (vocabulary?.HighestId >= textConfig.VocabSize)
        {
            throw new CheckpointException($"{folder}: its token ids go up to {vocabulary.HighestId}, but its text encoder knows only "
                + $"{textConfig.VocabSize}. The vocabulary is another model's.");
        }

        using var files = TensorFiles.OpenPart(folder, File.Exists(Path.Combine(folder, OpenClipStem + ".safetensors")) ? OpenClipStem : "model");
        if (files.Names.Contains("visual.proj"))
        {
            files.Rename(OpenClip.Pieces);
        }

        var faults = new CheckpointFaults();
        var part = new NetworkPart<Network>(
            files, source => new Network(textConfig, visionConfig, projection, source), name => [Network.NameInFile(name)]);
        var loader = new NetworkLoader(files, faults);
        part.Check(loader);
        loader.CheckLeftOver(name => name.EndsWith(".position_ids", StringComparison.Ordinal));
        faults.ThrowIfAny(folder);
        using var scope = NewDisposeScope();
        using var grad = no_grad();
        return new ClipModel(folder, part.Load(ScalarType.Float32, device ?? CPU), projection, vocabulary, problem,
            ImageProcessor.Load(folder, new ImageProcessor(visionConfig.ImageSize)));
    }

    private static (ClipTextConfig Text, ClipVisionConfig Vision, long Projection) ReadSizes(string folder)
    {
        var (file, openClip) = (Path.Combine(folder, "config.json"), Path.Combine(folder, OpenClip.ConfigFile));
        if (File.Exists(openClip) && (!File.Exists(file) || File.Exists(Path.Combine(folder, OpenClipStem + ".safetensors"))))
        {
            return OpenClip.Parse(JsonFile.Read(openClip), openClip);
        }

        var json = JsonFile.Read(file);
        if (json.ValueKind != JsonValueKind.Object || !json.TryGetProperty("vision_config", out var vision)
            || !json.TryGetProperty("text_config", out var text))
        {
            throw new CheckpointException($"{file}: has no text_config and vision_config, so it is no CLIP model's.");
        }

        var reader = new ConfigReader(json, file);
        var projection = reader.Number("projection_dim", 512);
        reader.ThrowIfFaulty();
        return (ClipTextConfig.Parse(text, file, ClipTextConfig.VitB32), ClipVisionConfig.Parse(vision, file), projection);
    }

    /// <param name="pixelValues">[B, 3, size, size] of <see cref="ImageProcessor"/>.</param>
    /// <returns>[B, <see cref="ProjectionDim"/>], each of length one.</returns>
    public Tensor EncodeImages(Tensor pixelValues)
    {
        using var scope = NewDisposeScope();
        var output = network.Vision.forward(pixelValues);
        return UnitLength(network.ProjectImage(output.PooledOutput)).MoveToOuterDisposeScope();
    }

    /// <param name="inputIds">[B, T] int64, e.g. rows of <see cref="ClipTokenizer.EncodeRow"/>.</param>
    /// <returns>[B, <see cref="ProjectionDim"/>], each of length one.</returns>
    public Tensor EncodeTexts(Tensor inputIds)
    {
        using var scope = NewDisposeScope();
        var output = network.Text.forward(inputIds);
        return UnitLength(network.ProjectText(output.PooledOutput)).MoveToOuterDisposeScope();
    }

    public void Dispose() => network.Dispose();

    private static Tensor UnitLength(Tensor features) => features / features.norm(1, keepdim: true, p: 2);

    private sealed class Network : nn.Module
    {
        private readonly ClipTextModel text;
        private readonly ClipVisionModel vision;
        private readonly LinearLayer visual_projection;
        private readonly LinearLayer text_projection;
        private readonly Parameter logit_scale;

        public Network(ClipTextConfig textConfig, ClipVisionConfig visionConfig, long projection, ParameterSource source)
            : base(nameof(ClipModel))
        {
            var root = new ParameterScope(source);
            text = new ClipTextModel(textConfig, source);
            vision = new ClipVisionModel(visionConfig, source);
            visual_projection = new LinearLayer(root["visual_projection"], visionConfig.HiddenSize, projection, hasBias: false);
            text_projection = new LinearLayer(root["text_projection"], textConfig.HiddenSize, projection, hasBias: false);
            logit_scale = root.Create("logit_scale", ParameterKind.Bias);
            RegisterComponents();
        }

        public ClipTextModel Text => text;

        public ClipVisionModel Vision => vision;

        public double LogitScale
        {
            get
            {
                using var scope = NewDisposeScope();
                return logit_scale.exp().item<float>();
            }
        }

        /// <summary>The file has the towers' names without the two fields above them.</summary>
        public static string NameInFile(string name) =>
            name.StartsWith("text.", StringComparison.Ordinal) ? name["text.".Length..]
            : name.StartsWith("vision.", StringComparison.Ordinal) ? name["vision.".Length..]
            : name;

        public Tensor ProjectImage(Tensor pooled) => visual_projection.forward(pooled);

        public Tensor ProjectText(Tensor pooled) => text_projection.forward(pooled);
    }
}
