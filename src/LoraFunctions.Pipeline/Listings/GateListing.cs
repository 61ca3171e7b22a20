using LoraFunctions.Imaging.Gate;
using LoraFunctions.Pipeline.Hosting;
using LoraFunctions.Pipeline.Storage;
using Microsoft.DurableTask;
using Microsoft.Extensions.Options;

namespace LoraFunctions.Pipeline.Listings;

/// <summary>Looks at a listing's photos one by one, so that one decoded photo is in memory, and commits the report.</summary>
internal sealed class GateListing(BlobStore blobs, IOptions<GateOptions> options) : TaskActivity<PlannedListing, GatedListing>
{
    public override async Task<GatedListing> RunAsync(TaskActivityContext context, PlannedListing input)
    {
        var name = BlobNames.ListingGateReport(input.ListingId, input.ListingKey);
        if (await blobs.TryReadAsync(ContainerNames.Datasets, name, default) is { } there)
        {
            return GatedListing.Of(there.Ref, ContractJson.Deserialize<ListingGateReport>(there.Content.Span));
        }

        var report = await GateAsync(input);
        var committed = await blobs.PutJsonIfAbsentAsync(ContainerNames.Datasets, name, report, default);
        foreach (var verdict in report.Photos.CountBy(photo => photo.Reason?.ToString() ?? "accepted"))
        {
            Telemetry.GatedPhotos.Add(verdict.Value, Telemetry.Tag("lora.gate.reason", verdict.Key));
        }

        return GatedListing.Of(committed.Ref, committed.Created ? report : await blobs.ReadJsonAsync<ListingGateReport>(committed.Ref, default));
    }

    private async Task<ListingGateReport> GateAsync(PlannedListing listing)
    {
        // Names of photos do not travel through the engine's journal: sixty a listing would be most of it.
        var prefix = $"{listing.ListingId}/";
        var entries = await blobs.ListAsync(ContainerNames.VehiclePhotos, prefix, default);
        var folder = ListingFolder.Group(entries).SingleOrDefault()
            ?? throw new MissingBlobException($"Listing '{listing.ListingId}' has no files any more: {ContainerNames.VehiclePhotos}/{prefix} is empty.");
        var gate = new PhotoGate(listing.ListingId, options.Value);
        var thumbnails = new SortedDictionary<string, byte[]>(StringComparer.Ordinal);
        foreach (var photo in folder.Photos)
        {
            var read = await blobs.TryReadAsync(ContainerNames.VehiclePhotos, prefix + photo.Name, default)
                ?? throw new MissingBlobException(ContainerNames.VehiclePhotos, prefix + photo.Name, blobs.Uri);
            var measured = MeasuredPhoto.Of(photo.Name, read.Content.ToArray(), options.Value);
            gate.Judge(measured);
            if (measured.Thumbnail is { } thumbnail)
            {
                thumbnails.Add(photo.Name, thumbnail);
            }
        }

        await blobs.PutJsonIfAbsentAsync(ContainerNames.Datasets, BlobNames.ListingThumbnails(listing.ListingId, listing.ListingKey), thumbnails, default);
        return new ListingGateReport(
            ListingGateReport.CurrentSchemaVersion,
            listing.ListingId,
            listing.ListingKey,
            listing.ModelKey,
            listing.Vehicle,
            gate.Report().Photos,
            [.. folder.Ignored]);
    }
}
