using System.Globalization;

namespace LoraFunctions.Contracts;

/// <summary>
/// The name of a job: kind, numerics revision, the digest of every input, seeds, and an idempotency key. Equal work has an equal name, so that
/// it is done once; ETags, dates and attempts are not in it. Each method gives the spec back with its name and <see cref="NumericsRevision"/>.
/// </summary>
public static class JobIds
{
    private const int DigestLength = 32;

    public static LabelJobSpec Named(LabelJobSpec spec, string idempotencyKey)
    {
        var revised = spec with { NumericsRevision = NumericsRevision.Current };
        var vehicle = spec.Vehicle;
        return revised with
        {
            JobId = Id(
                JobKind.Label,
                idempotencyKey,
                [
                    Field("modelKey", spec.ModelKey),
                    Field("displayName", vehicle.DisplayName),
                    .. Strings("feature", vehicle.Features),
                    .. Files("photo", spec.Photos.Select(b => (b.Name[(b.Name.LastIndexOf('/') + 1)..], b))),
                    Field("labelTable", spec.LabelTable.Sha256),
                    .. spec.Corrections is { } corrections ? [Field("corrections", corrections.Sha256)] : Array.Empty<KeyValuePair<string, string>>(),
                    Field("clip", spec.Clip.Digest),
                ]),
        };
    }

    /// <summary>The data set's own digest is not in it, its files are: a report on rejected photos does not train again.</summary>
    public static TrainJobSpec Named(TrainJobSpec spec, string idempotencyKey)
    {
        var revised = spec with { NumericsRevision = NumericsRevision.Current };
        return revised with
        {
            JobId = Id(
                JobKind.Train,
                idempotencyKey,
                [
                    Field("modelKey", spec.ModelKey),
                    Field("displayName", spec.DisplayName),
                    .. Files("dataset", spec.Dataset.Select(f => (f.File, f.Blob))),
                    .. spec.Configurations.Select(c => Field("configuration", c.Sha256)),
                    Field("baseModel", spec.BaseModel.Digest),
                    .. spec.StartFrom is { } start ? [Field("startFrom", start.Sha256)] : Array.Empty<KeyValuePair<string, string>>(),
                ]),
        };
    }

    public static RenderJobSpec Named(RenderJobSpec spec, string idempotencyKey)
    {
        var revised = spec with { NumericsRevision = NumericsRevision.Current };
        return revised with
        {
            JobId = Id(
                JobKind.Render,
                idempotencyKey,
                [
                    .. Side("left", spec.Left),
                    .. Side("right", spec.Right),
                    Field("scene", spec.Scene),
                    Field("template", ContractJson.Serialize(spec.Template)),
                    .. spec.Seeds.Select(s => Field("seed", s.ToString(CultureInfo.InvariantCulture))),
                    Field("baseModel", spec.BaseModel.Digest),
                ]),
        };
    }

    private static string Id(JobKind kind, string idempotencyKey, IEnumerable<KeyValuePair<string, string>> inputs)
    {
        var name = kind.ToString().ToLowerInvariant();
        var digest = Digests.OfFields(
        [
            Field("kind", name),
            Field("numericsRevision", NumericsRevision.Current.ToString(CultureInfo.InvariantCulture)),
            .. inputs,
            Field("idempotencyKey", idempotencyKey),
        ]);
        return $"{name}-{digest[..DigestLength]}";
    }

    private static KeyValuePair<string, string> Field(string name, string value) => KeyValuePair.Create(name, value);

    private static IEnumerable<KeyValuePair<string, string>> Strings(string name, IEnumerable<string> values) => values.Select(v => Field(name, v));

    /// <summary>The file's own name counts (captions and data sets go by it), the folders it lies in do not.</summary>
    private static IEnumerable<KeyValuePair<string, string>> Files(string name, IEnumerable<(string File, BlobRef Blob)> files) =>
        files.SelectMany<(string File, BlobRef Blob), KeyValuePair<string, string>>(f => [Field(name, f.File), Field($"{name}Sha256", f.Blob.Sha256)]);

    private static IEnumerable<KeyValuePair<string, string>> Side(string name, ComparedModel model) =>
    [
        Field($"{name}Key", model.ModelKey),
        Field($"{name}Name", model.DisplayName),
        Field($"{name}Lora", model.Lora.Sha256),
        .. Strings($"{name}Feature", model.Features ?? []),
    ];
}

/// <summary>
/// Part of every job's name. Raised only when results change, so that a release retrains nothing.
/// 2: training holds a tenth of the photos out unless told otherwise, and keeps the weights of the smallest loss on them.
/// </summary>
public static class NumericsRevision
{
    public const int Current = 2;
}
