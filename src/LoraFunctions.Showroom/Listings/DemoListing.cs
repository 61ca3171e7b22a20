namespace LoraFunctions.Showroom.Listings;

/// <summary>One used car of the demo with its photos, as a plan: nothing is drawn yet.</summary>
/// <param name="Id">The listing's folder.</param>
/// <param name="Photos">In ordinal order of their names.</param>
public sealed record DemoListing(string Id, DemoVehicle Vehicle, IReadOnlyList<DemoPhoto> Photos);
