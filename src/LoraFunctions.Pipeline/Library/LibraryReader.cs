using System.Globalization;
using System.Text.RegularExpressions;
using LoraFunctions.Pipeline.Night;
using LoraFunctions.Pipeline.Storage;

namespace LoraFunctions.Pipeline.Library;

/// <summary>Finds pictures in the asset library by what its manifests say.</summary>
internal sealed partial class LibraryReader(BlobStore blobs)
{
    /// <summary>Names a picture: date or request, job and seed.</summary>
    public static string RenderId(string set, PublishedPicture picture) =>
        string.Create(CultureInfo.InvariantCulture, $"{set[(set.LastIndexOf('/') + 1)..]}_{picture.JobId}_{picture.Seed}");

    /// <summary>The picture of that id, and the set it is in; null when there is none.</summary>
    public async Task<(string Set, PublishedPicture Picture)?> FindAsync(string renderId, CancellationToken cancellationToken)
    {
        if (Id().Match(renderId) is not { Success: true } match || !long.TryParse(match.Groups["seed"].ValueSpan, CultureInfo.InvariantCulture, out var seed))
        {
            return null;
        }

        var name = match.Groups["set"].Value;
        var set = NightSchedule.IsDate(name) ? name : BlobNames.Requested(name);
        var picture = (await ManifestAsync(set, cancellationToken))?.Pictures.FirstOrDefault(p => p.JobId == match.Groups["job"].Value && p.Seed == seed);
        return picture is null ? null : (set, picture);
    }

    /// <summary>The newest revision of a set's manifest; null when it has none.</summary>
    /// <param name="set">Date or <see cref="BlobNames.Requested"/>.</param>
    public async Task<AssetManifest?> ManifestAsync(string set, CancellationToken cancellationToken)
    {
        AssetManifest? newest = null;
        for (var revision = 1; ; revision++)
        {
            var name = BlobNames.AssetIndex(set, "manifest", ".json", revision);
            if (await blobs.TryReadJsonAsync<AssetManifest>(ContainerNames.AssetLibrary, name, cancellationToken) is not { } manifest)
            {
                return newest;
            }

            newest = manifest;
        }
    }

    /// <summary>The newest night that published something; null when none did.</summary>
    public async Task<string?> NewestAsync(CancellationToken cancellationToken) =>
        (await blobs.TryReadJsonAsync<AssetPointer>(ContainerNames.AssetLibrary, BlobNames.AssetsLatest, cancellationToken))?.Date;

    public Task<PictureReview?> ReviewAsync(string set, PublishedPicture picture, CancellationToken cancellationToken) =>
        blobs.TryReadJsonAsync<PictureReview>(ContainerNames.AssetLibrary, BlobNames.PictureReview(set, picture.JobId, picture.Seed), cancellationToken);

    [GeneratedRegex(@"^(?<set>\d{4}-\d{2}-\d{2}|[0-9a-f]{16})_(?<job>render-[0-9a-f]{32})_(?<seed>\d{1,10})$", RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Id();
}
