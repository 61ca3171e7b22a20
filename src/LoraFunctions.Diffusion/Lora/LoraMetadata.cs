using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace LoraFunctions.Diffusion.Lora;

/// <summary>
/// What a trained LoRA says about itself: kohya's <c>ss_*</c> keys, which WebUI and others show, and Stability's <c>modelspec.*</c>
/// (https://github.com/Stability-AI/ModelSpec). No clock is read: the only time is the caller's, so equal trainings give equal files.
/// </summary>
public sealed record LoraMetadata
{
    /// <summary>kohya's name of a plain LoRA / LoCon.</summary>
    public const string NetworkModule = "networks.lora";

    public required string OutputName { get; init; }

    /// <summary>File or folder name of the base model.</summary>
    public required string BaseModelName { get; init; }

    /// <summary>SHA-256 of the base model's file.</summary>
    public string? BaseModelSha256 { get; init; }

    /// <summary>Pixels.</summary>
    public required int Width { get; init; }

    public required int Height { get; init; }

    public int ClipSkip { get; init; } = 1;

    public required int TrainImages { get; init; }

    /// <summary>Caption tags with how often each occurs.</summary>
    public IReadOnlyDictionary<string, int> TagFrequency { get; init; } = new Dictionary<string, int>();

    /// <summary>Name of the data set in <c>ss_tag_frequency</c> and <c>ss_dataset_dirs</c>.</summary>
    public string DatasetName { get; init; } = "dataset";

    /// <summary>Times each picture is seen in an epoch.</summary>
    public int Repeats { get; init; } = 1;

    /// <summary>Pictures by bucket size in pixels.</summary>
    public IReadOnlyList<(int Width, int Height, int Count)> Buckets { get; init; } = [];

    public required int Rank { get; init; }

    public required double Alpha { get; init; }

    public double Dropout { get; init; }

    /// <summary>LoCon: rank and alpha of 3x3 convolutions; null without them.</summary>
    public int? ConvRank { get; init; }

    public double? ConvAlpha { get; init; }

    public required double LearningRate { get; init; }

    /// <summary>Null: the text encoder was not trained.</summary>
    public double? TextEncoderLearningRate { get; init; }

    public required int BatchSize { get; init; }

    public required int Epoch { get; init; }

    public required long Steps { get; init; }

    public required long Seed { get; init; }

    public bool VPrediction { get; init; }

    public double? MinSnrGamma { get; init; }

    public bool DebiasedEstimation { get; init; }

    /// <summary>Words that call the subject; null for none.</summary>
    public string? TriggerPhrase { get; init; }

    /// <summary>Day of the file, in the caller's words; null leaves it out.</summary>
    public DateOnly? Date { get; init; }

    /// <summary>Anything else; wins over the keys computed here.</summary>
    public IReadOnlyDictionary<string, string> More { get; init; } = new Dictionary<string, string>();

    /// <summary>All values as strings, as kohya's own writer has them.</summary>
    public IReadOnlyDictionary<string, string> ToDictionary()
    {
        var values = new Dictionary<string, string>
        {
            ["ss_output_name"] = OutputName,
            ["ss_sd_model_name"] = BaseModelName,
            ["ss_resolution"] = $"({Width}, {Height})",
            ["ss_clip_skip"] = Text(ClipSkip),
            ["ss_num_train_images"] = Text(TrainImages * Repeats),
            ["ss_tag_frequency"] = Json(new JsonObject { [DatasetName] = Tags() }),
            ["ss_bucket_info"] = Json(BucketInfo()),
            ["ss_dataset_dirs"] = Json(new JsonObject { [DatasetName] = new JsonObject { ["n_repeats"] = Repeats, ["img_count"] = TrainImages } }),
            ["ss_v2"] = "False",
            ["ss_base_model_version"] = "sd_v1",
            ["ss_network_module"] = NetworkModule,
            ["ss_network_dim"] = Text(Rank),
            ["ss_network_alpha"] = Text(Alpha),
            ["ss_network_dropout"] = Text(Dropout),
            ["ss_network_args"] = Json(NetworkArgs()),
            ["ss_learning_rate"] = Text(LearningRate),
            ["ss_unet_lr"] = Text(LearningRate),
            ["ss_text_encoder_lr"] = TextEncoderLearningRate is { } te ? Text(te) : "None",
            ["ss_total_batch_size"] = Text(BatchSize),
            ["ss_epoch"] = Text(Epoch),
            ["ss_steps"] = Text(Steps),
            ["ss_seed"] = Text(Seed),
            ["ss_min_snr_gamma"] = MinSnrGamma is { } gamma ? Text(gamma) : "None",
            ["ss_debiased_estimation"] = DebiasedEstimation ? "True" : "False",
            ["modelspec.sai_model_spec"] = "1.0.1",
            ["modelspec.architecture"] = "stable-diffusion-v1/lora",
            ["modelspec.implementation"] = "diffusers",
            ["modelspec.title"] = OutputName,
            ["modelspec.resolution"] = $"{Width}x{Height}",
            ["modelspec.prediction_type"] = VPrediction ? "v" : "epsilon",
            ["modelspec.encoder_layer"] = Text(ClipSkip),
        };
        AddIf("ss_new_sd_model_hash", BaseModelSha256);
        AddIf("modelspec.trigger_phrase", TriggerPhrase);
        AddIf("modelspec.date", Date?.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture));
        foreach (var (key, value) in More)
        {
            values[key] = value;
        }

        return values;

        void AddIf(string key, string? value)
        {
            if (value is not null)
            {
                values[key] = value;
            }
        }
    }

    // Captions are shown in any language: no \u escapes; the safetensors header is UTF-8.
    private static readonly JsonSerializerOptions s_json = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private static string Json(JsonObject value) => value.ToJsonString(s_json);

    private static string Text(long value) => value.ToString(CultureInfo.InvariantCulture);

    private static string Text(double value) => value.ToString("R", CultureInfo.InvariantCulture);

    private JsonObject Tags() => new(TagFrequency.OrderBy(t => t.Key, StringComparer.Ordinal).Select(t => KeyValuePair.Create<string, JsonNode?>(t.Key, t.Value)));

    private JsonObject BucketInfo() => new()
    {
        ["buckets"] = new JsonObject(Buckets.Select((b, i) => KeyValuePair.Create<string, JsonNode?>(
            Text(i),
            new JsonObject { ["resolution"] = new JsonArray(b.Width, b.Height), ["count"] = b.Count }))),
    };

    private JsonObject NetworkArgs()
    {
        var args = new JsonObject();
        if (ConvRank is { } rank)
        {
            args["conv_dim"] = Text(rank);
            args["conv_alpha"] = Text(ConvAlpha ?? rank);
        }

        return args;
    }
}

/// <summary>kohya's metadata about ranks and alphas, read off modules that were computed rather than trained.</summary>
internal static class LoraRankMetadata
{
    public const string RankKey = "ss_network_dim";

    private const string ArgumentsKey = "ss_network_args";

    /// <summary>What kohya's tools write where modules differ.</summary>
    private const string Differing = "Dynamic";

    /// <summary>The metadata with the ranks and alphas that these modules have; everything else stays.</summary>
    public static Dictionary<string, string> With(IReadOnlyDictionary<string, string> metadata, IReadOnlyCollection<LoraModule> modules)
    {
        var wide = modules.Where(m => m.IsWide).ToArray();
        var others = wide.Length < modules.Count ? [.. modules.Where(m => !m.IsWide)] : wide;
        var arguments = Arguments(metadata);
        arguments.Remove("conv_dim");
        arguments.Remove("conv_alpha");
        if (wide.Length > 0)
        {
            arguments["conv_dim"] = Common(wide.Select(m => (double)m.Rank));
            arguments["conv_alpha"] = Common(wide.Select(m => m.Alpha));
        }

        return new Dictionary<string, string>(metadata, StringComparer.Ordinal)
        {
            ["ss_network_module"] = LoraMetadata.NetworkModule,
            [RankKey] = Common(others.Select(m => (double)m.Rank)),
            ["ss_network_alpha"] = Common(others.Select(m => m.Alpha)),
            [ArgumentsKey] = arguments.ToJsonString(),
        };
    }

    private static string Common(IEnumerable<double> values) =>
        values.Distinct().ToArray() is [var only] ? only.ToString("R", CultureInfo.InvariantCulture) : Differing;

    private static JsonObject Arguments(IReadOnlyDictionary<string, string> metadata)
    {
        try
        {
            return metadata.TryGetValue(ArgumentsKey, out var json) && JsonNode.Parse(json) is JsonObject arguments ? arguments : [];
        }
        catch (JsonException)
        {
            // Somebody's own remark; the ranks are what matters here.
            return [];
        }
    }
}
