using System.Globalization;
using LoraFunctions.Imaging;
using LoraFunctions.Imaging.Gate;
using LoraFunctions.Pipeline.Storage;
using LoraFunctions.Pipeline.Orchestration;

namespace LoraFunctions.Pipeline.Listings;

/// <summary>A folder of <c>vehicle-photos</c>, as a listing of the container shows it.</summary>
/// <param name="Files">With their names below the folder, in ordinal order.</param>
internal sealed record ListingFolder(string ListingId, IReadOnlyList<BlobEntry> Files)
{
    /// <summary>Longer ones would not fit into instance ids and blob names beside a car model's key.</summary>
    public const int MaxIdLength = 64;

    private const int KeyLength = 16;

    /// <summary>
    /// Digest of the files' names and contents and of the gate's limits: where one of them changes, the photos are judged again. The content
    /// counts by the MD5 the service keeps, so that no photo is read to see that nothing changed; by ETag where the uploader sent none.
    /// </summary>
    public string Key(GateOptions limits) => Digests.OfFields(
        Files.Select(f => KeyValuePair.Create(f.Name, string.Create(CultureInfo.InvariantCulture, $"{f.Length} {f.ContentMd5 ?? f.ETag}")))
            .Append(KeyValuePair.Create("", ContractJson.Serialize(limits))))[..KeyLength];

    public bool HasVehicleFile => Files.Any(f => f.Name == BlobNames.VehicleFile);

    /// <summary>What the gate judges: photos, and files of kinds that it refuses by name.</summary>
    public IEnumerable<BlobEntry> Photos => Files.Where(f => Objection(f.Name) is null && f.Name != BlobNames.VehicleFile);

    /// <summary>Files that are no photos of the listing, with the reason.</summary>
    public IEnumerable<IgnoredFile> Ignored =>
        Files.Where(f => f.Name != BlobNames.VehicleFile)
            .Select(f => (f.Name, Objection: Objection(f.Name)))
            .Where(f => f.Objection is not null)
            .Select(f => new IgnoredFile(f.Name, f.Objection!));

    /// <summary>Groups what lies in the container; files outside of any folder come under the empty id.</summary>
    /// <param name="entries">In ordinal order of their names.</param>
    public static IEnumerable<ListingFolder> Group(IEnumerable<BlobEntry> entries) =>
        entries
            .Select(e => (Entry: e, Slash: e.Name.IndexOf('/')))
            .GroupBy(e => e.Slash < 0 ? "" : e.Entry.Name[..e.Slash])
            .OrderBy(g => g.Key, StringComparer.Ordinal)
            .Select(g => new ListingFolder(g.Key, [.. g.Select(e => e.Entry with { Name = e.Entry.Name[(e.Slash + 1)..] })]));

    /// <summary>Why the folder's name cannot be a listing's id; null when it can.</summary>
    public static string? IdObjection(string listingId)
    {
        if (listingId.Length == 0)
        {
            return "these files lie outside of any listing's folder; put each below {listingId}/";
        }

        if (listingId.Length > MaxIdLength)
        {
            return $"the listing's id has {listingId.Length} characters; at most {MaxIdLength} are allowed";
        }

        return listingId.Any(c => char.IsControl(c) || InstanceIds.ForbiddenCharacters.Contains(c)) || listingId is "." or ".."
            ? $"the listing's id holds one of {InstanceIds.ForbiddenCharacters} or a control character"
            : null;
    }

    private static string? Objection(string name) =>
        NamedFile.Of(name) is { Kind: FileKind.Ignored } file ? file.Reason
        : name.Contains('/') ? "it lies in a folder of its own; photos lie directly in the listing's folder"
        : FileNames.Objection(name);
}
