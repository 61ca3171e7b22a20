using LoraFunctions.Pipeline.Listings;

namespace LoraFunctions.Pipeline.Datasets;

/// <summary>What <see cref="DatasetMerge"/> gives.</summary>
/// <param name="Photos">In the ordinal order of their files.</param>
/// <param name="Reports">In the ordinal order of the listings' ids.</param>
internal sealed record MergedDataset(IReadOnlyList<DatasetPhoto> Photos, IReadOnlyList<ListingGateReport> Reports)
{
    /// <summary>Says make, name, segment and whether it is released: the listing that came last knows best.</summary>
    public ListingGateReport Newest => Reports.OrderBy(r => r.Vehicle.ListedAt).ThenBy(r => r.ListingId, StringComparer.Ordinal).Last();
}
