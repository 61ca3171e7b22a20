using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace LoraFunctions.Jobs.Rendering;

/// <summary>
/// How a picture was made, as WebUI writes it into <c>parameters</c>: the prompt, <c>Negative prompt: ...</c>, then
/// <c>Steps: 20, Sampler: Euler, ...</c> in one line.
/// </summary>
public sealed record Infotext
{
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
            text.Append("\nNegative prompt: ").Append(NegativePrompt);
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
}
