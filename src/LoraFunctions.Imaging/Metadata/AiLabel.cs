using System.Security.Cryptography;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using LoraFunctions.Imaging.Pixels;

namespace LoraFunctions.Imaging.Metadata;

/// <summary>
/// The implicit label of generated pictures (GB 45438-2025): a JSON text in the XMP property <c>TC260:AIGC</c>. It says
/// who produced and who passed on the picture. The reserved codes are for its integrity: here digests of the marked pixels and of the
/// parameters (<see cref="Sealed"/>), by which anybody sees that a picture was changed. Who changes it on purpose can compute them anew.
/// </summary>
/// <param name="ContentProducer">Who generated it: the name or code of the service.</param>
/// <param name="ProduceId">The picture's number at the producer: our render id.</param>
public sealed record AiLabel(
    [property: JsonPropertyName("ContentProducer"), JsonPropertyOrder(1)] string ContentProducer,
    [property: JsonPropertyName("ProduceID"), JsonPropertyOrder(2)] string ProduceId)
{
    /// <summary>What our own pictures name as their producer.</summary>
    public const string Ours = "LoraFunctions";

    private const string DigestPrefix = "sha256:";

    public const string Namespace = "http://www.tc260.org.cn/ns/AIGC/1.0/";

    /// <summary>IPTC's word for a picture made by a trained model, written beside the label.</summary>
    public const string DigitalSourceType = "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia";

    private static readonly JsonSerializerOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>"1": generated. The standard's other values (possibly, suspectedly) are for platforms that pass pictures on.</summary>
    [JsonPropertyName("Label"), JsonPropertyOrder(0)]
    public string Label { get; init; } = "1";

    [JsonPropertyName("ReservedCode1"), JsonPropertyOrder(3)]
    public string ReservedCode1 { get; init; } = "";

    [JsonPropertyName("ContentPropagator"), JsonPropertyOrder(4)]
    public string ContentPropagator { get; init; } = "";

    [JsonPropertyName("PropagateID"), JsonPropertyOrder(5)]
    public string PropagateId { get; init; } = "";

    [JsonPropertyName("ReservedCode2"), JsonPropertyOrder(6)]
    public string ReservedCode2 { get; init; } = "";

    /// <summary>The label of this very picture in a lossless file: every field filled in.</summary>
    /// <param name="marked">As it will be stored, with its visible mark.</param>
    public AiLabel Sealed(RgbImage marked, string? parameters) => Sealed(PixelDigest.Of(marked), parameters);

    /// <inheritdoc cref="Sealed(RgbImage, string?)"/>
    /// <param name="shown">A <see cref="ShownDigest"/>.</param>
    internal AiLabel Sealed(string shown, string? parameters) => this with
    {
        ReservedCode1 = DigestPrefix + shown,
        ContentPropagator = ContentProducer,
        PropagateId = ProduceId,
        ReservedCode2 = DigestPrefix + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(parameters ?? ""))),
    };

    public string ToJson() => JsonSerializer.Serialize(this, Options);

    /// <exception cref="MetadataException">Not the JSON of a label.</exception>
    public static AiLabel FromJson(string json)
    {
        try
        {
            return JsonSerializer.Deserialize<AiLabel>(json, Options) ?? throw new MetadataException("The AI label is 'null'.");
        }
        catch (JsonException e)
        {
            throw new MetadataException($"The AI label is not the JSON that GB 45438-2025 asks for: {e.Message}", e);
        }
    }

    /// <summary>Reads an encoded picture back and compares what it carries with what it must carry.</summary>
    /// <exception cref="MetadataException">The label, the source type or the parameters are missing or others.</exception>
    public static void Verify(byte[] encoded, PictureMetadata expected)
    {
        ArgumentNullException.ThrowIfNull(expected);
        var found = PictureFile.ReadMetadata(encoded);
        if (found.Label != expected.Label)
        {
            throw new MetadataException(
                $"The picture carries the AI label '{found.Label?.ToJson() ?? "none"}' instead of '{expected.Label?.ToJson() ?? "none"}'.");
        }

        if (!string.Equals(found.Parameters, expected.Parameters, StringComparison.Ordinal))
        {
            throw new MetadataException(
                $"The picture carries the parameters '{found.Parameters ?? "none"}' instead of '{expected.Parameters ?? "none"}'.");
        }
    }
}
