using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.RegularExpressions;
using LoraFunctions.Diffusion.Generation;
using LoraFunctions.Diffusion.Prompts;

namespace LoraFunctions.Jobs.Rendering;

/// <summary>
/// How a picture was made, as WebUI writes it into <c>parameters</c>: the prompt, <c>Negative prompt: ...</c>, then
/// <c>Steps: 20, Sampler: Euler, ...</c> in one line.
/// </summary>
public sealed partial record Infotext
{
    /// <summary>WebUI's names for the second pass, its strength and its size.</summary>
    internal const string Denoising = "Denoising strength";

    internal const string FinalSize = "Hires resize";

    private const string NegativeStart = "Negative prompt: ";

    private static readonly JsonSerializerOptions s_json = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public required string Prompt { get; init; }

    public string NegativePrompt { get; init; } = "";

    public required int Steps { get; init; }

    public required string Sampler { get; init; }

    /// <summary>E.g. <c>Karras</c>; null leaves it out.</summary>
    public string? ScheduleType { get; init; }

    public required double GuidanceScale { get; init; }

    public required long Seed { get; init; }

    public required int Width { get; init; }

    public required int Height { get; init; }

    /// <summary>First ten hex digits of the base model file's SHA-256.</summary>
    public string? ModelHash { get; init; }

    public string? Model { get; init; }

    /// <summary>Name and short hash (12 hex digits) of every LoRA, in the order of the prompt.</summary>
    public IReadOnlyList<(string Name, string ShortHash)> Loras { get; init; } = [];

    /// <summary>Further keys of the last line, e.g. <c>Brackets</c>.</summary>
    public IReadOnlyList<(string Key, string Value)> More { get; init; } = [];

    public override string ToString()
    {
        var text = new StringBuilder(Prompt);
        if (NegativePrompt.Length > 0)
        {
            text.Append('\n').Append(NegativeStart).Append(NegativePrompt);
        }

        var first = true;
        Add("Steps", Steps.ToString(CultureInfo.InvariantCulture));
        Add("Sampler", Sampler);
        Add("Schedule type", ScheduleType);
        Add("CFG scale", GuidanceScale.ToString("R", CultureInfo.InvariantCulture));
        Add("Seed", Seed.ToString(CultureInfo.InvariantCulture));
        Add("Size", string.Create(CultureInfo.InvariantCulture, $"{Width}x{Height}"));
        Add("Model hash", ModelHash);
        Add("Model", Model);
        Add("Lora hashes", Loras.Count == 0 ? null : string.Join(", ", Loras.Select(l => $"{l.Name}: {l.ShortHash}")));
        foreach (var (key, value) in More)
        {
            Add(key, value);
        }

        Add("Version", $"LoraFunctions {typeof(Infotext).Assembly.GetName().Version!.ToString(fieldCount: 3)}");
        return text.ToString();

        void Add(string key, string? value)
        {
            if (value is not null)
            {
                text.Append(first ? "\n" : ", ").Append(key).Append(": ").Append(Quoted(value));
                first = false;
            }
        }
    }

    /// <summary>WebUI reads the last line back by its commas and colons, so values with one are JSON texts.</summary>
    private static string Quoted(string value) => value.AsSpan().IndexOfAny(",:\n") < 0 ? value : JsonSerializer.Serialize(value, s_json);

    /// <summary>The text's picture as a request. Keys that say nothing about how to render (model, hashes, version) are left.</summary>
    /// <param name="text">As this class or WebUI writes it.</param>
    /// <exception cref="InvalidJobInputException">All that is missing, not a number, or not known here.</exception>
    public static TextToImageRequest Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var problems = new Problems();
        var lines = text.ReplaceLineEndings("\n").Trim().Split('\n');
        var fields = lines[^1].StartsWith("Steps: ", StringComparison.Ordinal) ? Fields(lines[^1]) : [];
        if (fields.Count == 0)
        {
            throw new InvalidJobInputException("The text has no line 'Steps: ..., Sampler: ...' at its end, so it is not how a picture was made.");
        }

        var negative = Array.FindIndex(lines, l => l.StartsWith(NegativeStart, StringComparison.Ordinal));
        var promptLines = lines[..(negative < 0 ? lines.Length - 1 : negative)];
        var (width, height) = Size(fields, "Size", problems);
        var schedule = fields.GetValueOrDefault("Schedule type") is { } type and not ("Automatic" or "Uniform") ? " " + type : "";
        var request = new TextToImageRequest
        {
            Prompt = string.Join('\n', promptLines),
            NegativePrompt = negative < 0 ? "" : string.Join('\n', lines[negative..^1])[NegativeStart.Length..],
            Steps = (int)Number(fields, "Steps", null, problems),
            Sampler = fields.GetValueOrDefault("Sampler", "") + schedule,
            GuidanceScale = Number(fields, "CFG scale", 1, problems),
            Seed = (long)Number(fields, "Seed", null, problems),
            Width = width,
            Height = height,
            ClipSkip = (int)Number(fields, "Clip skip", 1, problems),
            Brackets = fields.GetValueOrDefault("Brackets") == "weight" ? BracketMeaning.Weight : BracketMeaning.Schedule,
            SecondPass = SecondPassOf(fields, problems),
            Composition = CompositionOf(fields, problems),
        };
        problems.ThrowIfAny();
        return request;
    }

    private static SecondPass? SecondPassOf(Dictionary<string, string> fields, Problems problems)
    {
        if (!fields.ContainsKey(FinalSize))
        {
            return null;
        }

        var (width, height) = Size(fields, FinalSize, problems);
        return new SecondPass(width, height, Number(fields, Denoising, SecondPass.DefaultStrength, problems));
    }

    private static Composition? CompositionOf(Dictionary<string, string> fields, Problems problems)
    {
        if (!fields.TryGetValue("Composition", out var name))
        {
            return null;
        }

        var layoutName = fields.GetValueOrDefault("Layout", nameof(CompositionLayout.SideBySide));
        if (!Enum.TryParse<CompositionMethod>(name, out var method))
        {
            problems.Add($"Composition: there is no method '{name}'; there are {string.Join(", ", Enum.GetNames<CompositionMethod>())}.");
        }

        if (!Enum.TryParse<CompositionLayout>(layoutName, out var layout))
        {
            problems.Add($"Layout: there is no '{layoutName}'; there are {string.Join(", ", Enum.GetNames<CompositionLayout>())}.");
        }

        var regions = Enumerable.Range(1, Composition.MaximumRegions)
            .Select(i => fields.GetValueOrDefault($"Region {i}")).TakeWhile(p => p is not null).Select(p => p!).ToList();
        var repaired = fields.ContainsKey("Repaired region") ? (int)Number(fields, "Repaired region", null, problems) - 1 : (int?)null;
        return new Composition(regions) { Method = method, Layout = layout, Repair = repaired };
    }

    private static (int Width, int Height) Size(Dictionary<string, string> fields, string key, Problems problems)
    {
        var sides = fields.GetValueOrDefault(key, "").Split('x');
        if (sides.Length == 2 && int.TryParse(sides[0], CultureInfo.InvariantCulture, out var width)
            && int.TryParse(sides[1], CultureInfo.InvariantCulture, out var height))
        {
            return (width, height);
        }

        problems.Add($"{key}: '{fields.GetValueOrDefault(key, "")}' is not a width and a height such as 512x512.");
        return (0, 0);
    }

    /// <param name="otherwise">Where the key is missing; null: it must be there.</param>
    private static double Number(Dictionary<string, string> fields, string key, double? otherwise, Problems problems)
    {
        if (!fields.TryGetValue(key, out var value) && otherwise is { } number)
        {
            return number;
        }

        if (double.TryParse(value, CultureInfo.InvariantCulture, out number))
        {
            return number;
        }

        problems.Add(value is null ? $"{key} is missing." : $"{key}: '{value}' is not a number.");
        return 0;
    }

    private static Dictionary<string, string> Fields(string line)
    {
        var fields = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (Match field in Field().Matches(line))
        {
            var value = field.Groups[2].Value;
            fields[field.Groups[1].Value] = value.StartsWith('"') ? Unquoted(value) : value.Trim();
        }

        return fields;
    }

    private static string Unquoted(string value)
    {
        try
        {
            return JsonSerializer.Deserialize<string>(value) ?? value;
        }
        catch (JsonException)
        {
            return value;
        }
    }

    // WebUI's own expression for the last line.
    [GeneratedRegex("""\s*(\w[\w \-/]+):\s*("(?:\\.|[^\\"])+"|[^,]*)(?:,|$)""")]
    private static partial Regex Field();
}
