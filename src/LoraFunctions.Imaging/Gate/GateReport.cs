using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using LoraFunctions.Imaging.Pixels;

namespace LoraFunctions.Imaging.Gate;

/// <summary>Why a photo is not used.</summary>
public enum GateReason
{
    /// <summary>Not a whole picture within the decoder's limits.</summary>
    Unreadable,

    /// <summary>The shorter side has too few pixels.</summary>
    TooSmall,

    /// <summary>Far longer than wide, or wider than long.</summary>
    OddAspect,

    /// <summary>Even the brightest parts are dark.</summary>
    TooDark,

    /// <summary>Even the darkest parts are white.</summary>
    TooLight,

    /// <summary>Nearly one colour.</summary>
    NoInformation,

    /// <summary>Edges are smeared too far.</summary>
    Blurred,

    /// <summary>Every pixel equals that of a photo already accepted.</summary>
    ExactDuplicate,

    /// <summary>The same shot as a photo already accepted: re-encoded, resized, cropped a little or mirrored.</summary>
    NearDuplicate,

    /// <summary>Good, but the set has its most photos, and they are better or their views rarer.</summary>
    SetIsFull,

    /// <summary>By CLIP: no car, nor a part of one.</summary>
    NotACar,

    /// <summary>By CLIP: a background full of other things.</summary>
    BusyBackground,

    /// <summary>By CLIP: something stands before the car.</summary>
    Occluded,

    /// <summary>By CLIP: more than one car.</summary>
    SeveralCars,

    /// <summary>By CLIP: a maker's logo is what the photo shows.</summary>
    BrandLogo,

    /// <summary>By CLIP: the same scene as in a photo that was taken.</summary>
    SameScene,
}

/// <summary>What the gate says about one photo.</summary>
/// <param name="Name">The file's name within its listing.</param>
/// <param name="Sha256">Of the file, 64 lower-case hexadecimal digits.</param>
/// <param name="Bytes">Length of the file.</param>
/// <param name="Width">Of the upright picture in pixels; null when unreadable.</param>
/// <param name="Height">Of the upright picture in pixels; null when unreadable.</param>
/// <param name="PixelDigest">Names the picture by its pixels, across listings too; null when unreadable.</param>
/// <param name="Blur">In pixels at a shorter side of 1024; null when not measured or when there is no edge to measure.</param>
/// <param name="Reason">Null when accepted.</param>
/// <param name="DuplicateOf">The name of the accepted photo that this one equals or is a copy of.</param>
/// <param name="Sentence">For a person: the value found and the limit.</param>
public sealed record GateVerdict(
    string Name,
    string Sha256,
    long Bytes,
    int? Width,
    int? Height,
    string? PixelDigest,
    double? Blur,
    bool Accepted,
    GateReason? Reason,
    string? DuplicateOf,
    string Sentence)
{
    /// <summary>
    /// <see cref="PictureLook.Text"/> of an accepted photo, so that it can be compared with those of other listings; left out of what people read.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Look { get; init; }

    /// <summary>0 to 1, for choosing the best: sharpness, size and contrast. Null unless accepted.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? Quality { get; init; }

    /// <summary>CLIP rejected it, after the gate had taken it.</summary>
    [JsonIgnore]
    public bool IsByClip => Reason >= GateReason.NotACar;

    /// <summary>A photo that CLIP had rejected, as the gate had taken it.</summary>
    public GateVerdict Taken() => this with { Accepted = true, Reason = null, DuplicateOf = null, Sentence = $"{Name} is accepted: {Width}x{Height}." };

    /// <summary>The same photo, not taken because another has the same pixels.</summary>
    public GateVerdict AsExactDuplicateOf(string original) => NotTaken(GateReason.ExactDuplicate, $"shows exactly the same pixels as {original}; one of them is enough", original);

    /// <summary>The same photo, good by itself, not taken because of others.</summary>
    public GateVerdict NotTaken(GateReason reason, string sentence, string? duplicateOf = null) =>
        this with { Accepted = false, Reason = reason, DuplicateOf = duplicateOf, Look = null, Sentence = $"{Name} {sentence}." };
}

/// <summary><c>gate-report.json</c>: every photo of a listing, in the order of names, with its verdict.</summary>
public sealed record GateReport(int SchemaVersion, string Listing, IReadOnlyList<GateVerdict> Photos)
{
    public const int CurrentSchemaVersion = 1;

    private static readonly JsonSerializerOptions Options = new(JsonSerializerDefaults.Web)
    {
        WriteIndented = true,
        NewLine = "\n",
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase) },
    };

    /// <summary>Files among the photos that are none.</summary>
    public IReadOnlyList<NamedFile> Ignored { get; init; } = [];

    /// <summary>What the set lacks, and what to photograph; empty when it has enough.</summary>
    public IReadOnlyList<string> Missing { get; init; } = [];

    [JsonIgnore]
    public IEnumerable<GateVerdict> Accepted => Photos.Where(photo => photo.Accepted);

    [JsonIgnore]
    public IEnumerable<GateVerdict> Rejected => Photos.Where(photo => !photo.Accepted);

    /// <summary>The same report gives the same text. Without the looks.</summary>
    public string ToJson() => JsonSerializer.Serialize(this with { Photos = [.. Photos.Select(photo => photo with { Look = null })] }, Options) + "\n";

    /// <exception cref="JsonException">Not a gate report, or of another schema version.</exception>
    public static GateReport FromJson(string json)
    {
        var report = JsonSerializer.Deserialize<GateReport>(json, Options) ?? throw new JsonException("The gate report is 'null'.");
        return report.SchemaVersion != CurrentSchemaVersion ? throw new JsonException($"The gate report has schema version {report.SchemaVersion}; {CurrentSchemaVersion} is read.")
            : report.Photos is null ? throw new JsonException("The gate report has no photos in it; it is of several listings.")
            : report;
    }
}
