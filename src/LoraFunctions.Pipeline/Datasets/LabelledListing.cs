using LoraFunctions.Pipeline.Listings;

namespace LoraFunctions.Pipeline.Datasets;

/// <summary>A listing that is to be taken into a data set.</summary>
/// <param name="Captions">By the photo's name; one for every accepted photo.</param>
internal sealed record LabelledListing(ListingGateReport Report, IReadOnlyDictionary<string, string> Captions);
