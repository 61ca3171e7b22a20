using LoraFunctions.Imaging.Gate;
using LoraFunctions.Pipeline.Listings;
using LoraFunctions.Pipeline.Messages;
using LoraFunctions.Pipeline.Storage;
using Microsoft.Extensions.Options;

namespace LoraFunctions.Pipeline.Activities;

/// <summary>Looks at a listing's photos one by one, so that one decoded photo is in memory, and commits the report.</summary>
internal sealed class GateListingActivity(BlobStore blobs, IOptions<GateOptions> options) : IActivity<GateListingInput, GatedListing>
{
    public async Task<GatedListing> RunAsync(GateListingInput input, CancellationToken cancellationToken)
    {
        var (listingId, modelKey, listingKey) = input.Listing;
        var name = BlobNames.ListingGateReport(modelKey, listingId, listingKey);
        if (await blobs.TryReadAsync(ContainerNames.Datasets, name, cancellationToken) is { } there)
        {
            return Summary(there.Ref, await blobs.ReadJsonAsync<ListingGateReport>(there.Ref, cancellationToken));
        }

        var report = await GateAsync(input.Listing, cancellationToken);
        var committed = await blobs.PutJsonIfAbsentAsync(ContainerNames.Datasets, name, report, cancellationToken);
        return Summary(committed.Ref, committed.Created ? report : await blobs.ReadJsonAsync<ListingGateReport>(committed.Ref, cancellationToken));
    }

    private async Task<ListingGateReport> GateAsync(PlannedListing listing, CancellationToken cancellationToken)
    {
        var prefix = $"{listing.ListingId}/";
        var entries = await blobs.ListAsync(ContainerNames.VehiclePhotos, prefix, cancellationToken);
        var folder = ListingFolder.Group(entries).SingleOrDefault()
            ?? throw new MissingBlobException($"Listing '{listing.ListingId}' has no files any more: {ContainerNames.VehiclePhotos}/{prefix} is empty.");
        var vehicleFile = await blobs.TryReadAsync(ContainerNames.VehiclePhotos, BlobNames.Vehicle(listing.ListingId), cancellationToken)
            ?? throw new MissingBlobException(ContainerNames.VehiclePhotos, BlobNames.Vehicle(listing.ListingId), blobs.Uri);
        var vehicle = VehicleReader.Read(vehicleFile.Content);

        var gate = new PhotoGate(listing.ListingId, options.Value);
        foreach (var photo in folder.Photos)
        {
            var read = await blobs.TryReadAsync(ContainerNames.VehiclePhotos, prefix + photo.Name, cancellationToken)
                ?? throw new MissingBlobException(ContainerNames.VehiclePhotos, prefix + photo.Name, blobs.Uri);
            gate.Judge(photo.Name, read.Content.ToArray());
        }

        return new ListingGateReport(
            ListingGateReport.CurrentSchemaVersion,
            listing.ListingId,
            listing.ListingKey,
            listing.ModelKey,
            vehicle,
            gate.Report().Photos,
            [.. folder.Ignored]);
    }

    private static GatedListing Summary(BlobRef blob, ListingGateReport report) =>
        new(blob, report.Photos.Count(p => p.Accepted), report.Photos.Count(p => !p.Accepted));
}
