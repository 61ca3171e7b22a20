using LoraFunctions.Imaging;
using LoraFunctions.Pipeline.Night;
using LoraFunctions.Pipeline.Storage;

namespace LoraFunctions.Pipeline.Listings;

/// <summary>A folder of one car's photos on this machine.</summary>
/// <param name="ListingId">The folder's name.</param>
/// <param name="VehicleJson">What is brought to the storage as <c>vehicle.json</c>.</param>
/// <param name="IsNamedByFolder">There is no <c>vehicle.json</c>: make and model are the words of the folder's name.</param>
/// <param name="Photos">Names of the files that are photos, or refused by name, in ordinal order.</param>
/// <param name="Ignored">Files that are none, with the reason.</param>
public sealed record LocalListing(
    string ListingId,
    string Path,
    Vehicle Vehicle,
    ReadOnlyMemory<byte> VehicleJson,
    bool IsNamedByFolder,
    IReadOnlyList<string> Photos,
    IReadOnlyList<IgnoredFile> Ignored)
{
    public string ModelKey => ModelKeys.Of(Vehicle.Make, Vehicle.Model, Vehicle.Generation);
}

/// <summary>A person's own photos, a folder a car, as listings: read here, brought to <see cref="ContainerNames.VehiclePhotos"/>.</summary>
public static class LocalListings
{
    /// <summary>Older than any listing that says when it was listed, and the same on every day: an unchanged folder stays an unchanged listing.</summary>
    private const string ListedAt = "2000-01-01T00:00:00Z";

    private static readonly char[] s_between = [' ', '_', '-'];

    /// <param name="folder">It is there.</param>
    /// <returns>In the ordinal order of the ids; and what cannot be a listing, with the reason.</returns>
    public static (IReadOnlyList<LocalListing> Listings, IReadOnlyList<ReportedProblem> Problems) Read(string folder, DateTimeOffset now)
    {
        var listings = new List<LocalListing>();
        var problems = new List<ReportedProblem>();
        var loose = Directory.EnumerateFiles(folder).Count(file => NamedFile.Of(Path.GetFileName(file)).Kind == FileKind.Photo);
        if (loose > 0)
        {
            problems.Add(new ReportedProblem(folder, $"{loose} photos lie directly in it and are left out; put each car's photos into a folder of its own below it, e.g. '{Path.Combine(folder, "Tesla Model Y")}'"));
        }

        foreach (var path in Directory.EnumerateDirectories(folder).Where(p => !Path.GetFileName(p).StartsWith('.')).Order(StringComparer.Ordinal))
        {
            try
            {
                listings.Add(ReadOne(path, now));
            }
            catch (Exception e) when (e is InvalidDataException or ArgumentException)
            {
                problems.Add(new ReportedProblem(path, e.Message));
            }
        }

        return (listings, problems);
    }

    /// <summary>Makes the listing's folder in the storage equal to the one here: what is new or changed is sent, what is gone is removed.</summary>
    /// <returns>Whether something was different.</returns>
    public static async Task<bool> BringAsync(BlobStore blobs, LocalListing listing, CancellationToken cancellationToken)
    {
        var there = (await blobs.ListAsync(ContainerNames.VehiclePhotos, $"{listing.ListingId}/", cancellationToken)).ToDictionary(e => e.Name);
        var changed = false;
        foreach (var photo in listing.Photos)
        {
            var content = await File.ReadAllBytesAsync(Path.Combine(listing.Path, photo), cancellationToken);
            changed |= await PutAsync(photo, content);
        }

        foreach (var gone in there.Keys.Except(listing.Photos.Append(BlobNames.VehicleFile).Select(name => $"{listing.ListingId}/{name}")))
        {
            await blobs.RemoveAsync(ContainerNames.VehiclePhotos, gone, cancellationToken);
            changed = true;
        }

        // Last: whoever finds it finds the photos too.
        changed |= await PutAsync(BlobNames.VehicleFile, listing.VehicleJson);
        if (changed)
        {
            await blobs.MarkAsync(ContainerNames.ChangedListings, listing.ListingId, cancellationToken);
        }

        return changed;

        async Task<bool> PutAsync(string name, ReadOnlyMemory<byte> content)
        {
            var blob = $"{listing.ListingId}/{name}";
            using var stream = new BinaryData(content).ToStream();
            if (there.TryGetValue(blob, out var entry)
                && entry.Length == content.Length
                && entry.ContentMd5 == Convert.ToBase64String((await ContentDigest.OfAsync(stream, cancellationToken)).Md5))
            {
                return false;
            }

            var before = entry is null ? null : await blobs.StatAsync(ContainerNames.VehiclePhotos, blob, cancellationToken);
            return await blobs.TryReplaceAsync(ContainerNames.VehiclePhotos, blob, content, before, BlobHeaders.For(name), cancellationToken) is not null
                ? true
                : throw new IOException($"{ContainerNames.VehiclePhotos}/{blob} was changed by somebody else while it was brought there. Run the command again.");
        }
    }

    private static LocalListing ReadOne(string path, DateTimeOffset now)
    {
        var id = Path.GetFileName(path);
        if (ListingFolder.IdObjection(id) is { } objection)
        {
            throw new InvalidDataException($"{objection}; rename the folder");
        }

        var vehicleFile = Path.Combine(path, BlobNames.VehicleFile);
        var isNamedByFolder = !File.Exists(vehicleFile);
        ReadOnlyMemory<byte> json = isNamedByFolder ? ByName(id) : File.ReadAllBytes(vehicleFile);
        Vehicle vehicle;
        try
        {
            vehicle = VehicleReader.Read(json, now);
        }
        catch (InvalidDataException e)
        {
            throw new InvalidDataException(isNamedByFolder ? $"the folder's name cannot name a car: {e.Message}" : $"{BlobNames.VehicleFile} is broken: {e.Message}", e);
        }

        var files = Directory.EnumerateFiles(path).Select(p => new BlobEntry(Path.GetFileName(p), 0, "", null)).OrderBy(e => e.Name, StringComparer.Ordinal);
        var folder = new ListingFolder(id, [.. files]);
        var below = Directory.EnumerateDirectories(path).Select(p => new IgnoredFile($"{Path.GetFileName(p)}/", "photos lie directly in the car's folder"));
        return new LocalListing(id, path, vehicle, json, isNamedByFolder, [.. folder.Photos.Select(p => p.Name)], [.. folder.Ignored, .. below]);
    }

    /// <summary>The first word is the make, the rest the model. A person's own photos are of cars that can be photographed: they are released.</summary>
    private static byte[] ByName(string folder)
    {
        var words = folder.Split(s_between, StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        var make = words.FirstOrDefault("");
        var model = words.Length > 1 ? string.Join(' ', words[1..]) : "car";
        return System.Text.Encoding.UTF8.GetBytes(ContractJson.Serialize(new { make, model, released = true, listedAt = ListedAt }));
    }
}
