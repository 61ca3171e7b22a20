using LoraFunctions.Showroom.Drawings;

namespace LoraFunctions.Showroom.Listings;

/// <summary>The known truth about one file of a demo listing.</summary>
/// <param name="Name">The file's name within its listing.</param>
/// <param name="Shot">What it shows, or would show if it were whole.</param>
/// <param name="Original">For the two kinds of duplicates: the name of the photo it equals.</param>
public sealed record DemoPhoto(string Name, CarShot Shot, DemoDefect Defect = DemoDefect.None, string? Original = null);
