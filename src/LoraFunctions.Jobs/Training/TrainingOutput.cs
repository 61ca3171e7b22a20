using System.Security.Cryptography;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using LoraFunctions.Diffusion.Checkpoints;
using LoraFunctions.Diffusion.Lora;
using LoraFunctions.Diffusion.Models;
using LoraFunctions.Diffusion.Training;
using LoraFunctions.Imaging.Codecs;
using LoraFunctions.Jobs.Training.Log;

namespace LoraFunctions.Jobs.Training;

/// <summary>
/// Writes what a training leaves: the LoRA (kohya, fp16), its log, the plot and the run manifest. Equal trainings give equal files, apart
/// from the manifest's <c>times</c>.
/// </summary>
internal static class TrainingOutput
{
    public const string LogName = "log.csv";
    public const string PlotName = "loss.png";

    private const int ManifestVersion = 1;

    /// <summary>How the trainer's options stand in the manifest: camelCase, enums by name.</summary>
    private static readonly JsonSerializerOptions s_options = new(JsonSerializerDefaults.Web) { Converters = { new JsonStringEnumConverter() } };

    private static readonly JsonSerializerOptions s_json = new()
    {
        WriteIndented = true,
        NewLine = "\n",
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    public static TrainingResult Write(TrainingPlan plan, LoraTrainingResult result, StepLog log, StableDiffusionModel model)
    {
        var folder = plan.Configuration.OutputDir;
        Directory.CreateDirectory(folder);
        var (lora, logPath, plot, manifest) = (
            Path.Combine(folder, plan.Name + ".safetensors"),
            Path.Combine(folder, LogName),
            Path.Combine(folder, PlotName),
            Path.Combine(folder, plan.Name + ".json"));

        var modelHash = LoraFile.Save(
            lora,
            result.Weights,
            new LoraSaveOptions { Metadata = Metadata(plan, result, model).ToDictionary() });
        log.WriteReport(logPath, result.Validations.ToDictionary(v => (int)v.Step, v => v.Loss));
        WholeFile.Write(
            plot,
            ImageCodec.EncodePng(
                LossPlot.Draw(
                    plan.Name,
                    [.. log.Rows.Select(r => (r.Step, r.Loss))],
                    [.. result.Validations.Select(v => ((int)v.Step, v.Loss))])));
        WholeFile.Write(manifest, JsonSerializer.SerializeToUtf8Bytes(Manifest(plan, result, lora, modelHash, model), s_json));
        return new TrainingResult(
            lora,
            logPath,
            plot,
            log.Events!.FilePath,
            manifest,
            (int)result.Steps,
            result.LastEpochLoss,
            result.Outcome,
            result.WeightsStep,
            result.BestValidation?.Loss);
    }

    private static LoraMetadata Metadata(TrainingPlan plan, LoraTrainingResult result, StableDiffusionModel model)
    {
        var (configuration, options) = (plan.Configuration, plan.Configuration.EffectiveOptions);
        var hasConvolutions = options.Targets.HasFlag(LoraTargets.Convolutions);
        var trained = plan.Photos.Photos.Where(p => !plan.HeldOut.Contains(p.FileName)).ToArray();
        return new LoraMetadata
        {
            OutputName = plan.Name,
            BaseModelName = model.Name,
            BaseModelSha256 = model.Sha256,
            Width = configuration.Resolution.Width,
            Height = configuration.Resolution.Height,
            TrainImages = trained.Length,
            TagFrequency = trained
                .SelectMany(p => p.Caption.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
                .GroupBy(t => t, StringComparer.Ordinal)
                .ToDictionary(g => g.Key, g => g.Count(), StringComparer.Ordinal),
            DatasetName = plan.Name,
            Repeats = configuration.Repeats,
            Buckets =
            [
                .. trained
                    .GroupBy(p => p.Bucket)
                    .OrderBy(g => g.Key.Width)
                    .ThenBy(g => g.Key.Height)
                    .Select(g => (g.Key.Width, g.Key.Height, g.Count())),
            ],
            Rank = options.Rank,
            Alpha = options.Alpha,
            Dropout = options.Dropout,
            ConvRank = hasConvolutions ? options.ConvolutionRank ?? options.Rank : null,
            ConvAlpha = hasConvolutions ? options.ConvolutionAlpha ?? options.Alpha : null,
            LearningRate = options.LearningRate,
            TextEncoderLearningRate = options.TextEncoderLearningRate,
            BatchSize = options.BatchSize,
            Epoch = result.BestValidation?.Epoch ?? result.Epochs,
            Steps = result.WeightsStep,
            Seed = options.Seed,
            VPrediction = model.Prediction == PredictionType.VPrediction,
            MinSnrGamma = options.MinSnrGamma,
            DebiasedEstimation = options.DebiasedEstimation,
            TriggerPhrase = configuration.TriggerWords.Count > 0 ? string.Join(", ", configuration.TriggerWords) : plan.DisplayName,
        };
    }

    private static JsonObject Manifest(
        TrainingPlan plan,
        LoraTrainingResult result,
        string lora,
        string modelHash,
        StableDiffusionModel model) =>
        new()
        {
            ["schemaVersion"] = ManifestVersion,
            ["name"] = plan.Name,
            ["displayName"] = plan.DisplayName,
            ["lora"] = new JsonObject
            {
                ["file"] = Path.GetFileName(lora),
                ["sha256"] = Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(lora))),
                ["modelHash"] = modelHash,
                ["step"] = result.WeightsStep,
            },
            ["baseModel"] = new JsonObject { ["name"] = model.Name, ["sha256"] = model.Sha256 },
            ["startFrom"] = plan.StartDigest.Length == 0 ? null : JsonValue.Create(plan.StartDigest),
            ["dataset"] = new JsonObject
            {
                ["digest"] = plan.Photos.Digest,
                ["photos"] = plan.Photos.Photos.Count,
                ["heldOut"] = new JsonArray([.. plan.HeldOut.Order(StringComparer.Ordinal).Select(n => JsonValue.Create(n))]),
            },
            ["configuration"] = Configuration(plan.Configuration),
            ["outcome"] = result.Outcome.ToString(),
            ["steps"] = result.Steps,
            ["epochs"] = result.Epochs,
            ["lastEpochLoss"] = Number(result.LastEpochLoss),
            ["validations"] = new JsonArray([
                .. result.Validations.Select(v => new JsonObject
                {
                    ["step"] = v.Step,
                    ["epoch"] = v.Epoch,
                    ["loss"] = Number(v.Loss),
                }),
            ]),
            ["decisions"] = new JsonArray([
                .. result.Decisions.Select(d => new JsonObject
                {
                    ["step"] = d.Step,
                    ["by"] = d.By,
                    ["what"] = d.What,
                }),
            ]),
            ["versions"] = new JsonObject
            {
                ["loraFunctions"] = typeof(TrainingOutput).Assembly.GetName().Version!.ToString(fieldCount: 3),
                ["torchSharp"] = typeof(TorchSharp.torch).Assembly.GetName().Version!.ToString(fieldCount: 3),
                ["dotnet"] = Environment.Version.ToString(),
            },
            ["times"] = new JsonObject { ["decisions"] = new JsonArray([.. result.Decisions.Select(d => JsonValue.Create(d.At))]) },
        };

    // Paths are the machine's, not the training's: they stay out, so that equal trainings have equal manifests.
    private static JsonObject Configuration(Configuration.TrainingConfiguration configuration)
    {
        var options = JsonSerializer.SerializeToNode(configuration.EffectiveOptions, s_options)!.AsObject();
        options["resolution"] = configuration.Resolution is { IsSquare: true, Width: var side } ? side : configuration.Resolution.ToString();
        options["precision"] = configuration.Precision?.ToString() ?? "auto";
        options["buckets"] = configuration.Buckets;
        options["bucketStep"] = configuration.BucketStep;
        options["flip"] = configuration.Flip;
        options["repeats"] = configuration.Repeats;
        options["triggerWords"] = new JsonArray([.. configuration.TriggerWords.Select(w => JsonValue.Create(w))]);
        options["validationShare"] = configuration.ValidationShare;
        return options;
    }

    /// <summary>JSON has no NaN; a model that never finished a step has no loss.</summary>
    private static JsonValue? Number(double value) => double.IsFinite(value) ? JsonValue.Create(value) : null;
}
