using LoraFunctions.Showroom.Scenes;

namespace LoraFunctions.Showroom.Listings;

/// <summary>What is wrong with a demo photo, and so what a gate should say about it.</summary>
public enum DemoDefect
{
    None,

    /// <summary>A whole picture of 400x300.</summary>
    TooSmall,

    /// <summary>Smeared by a Gaussian of 4 pixels.</summary>
    Blurred,

    /// <summary>The same bytes under another name.</summary>
    SameFile,

    /// <summary>The same pixels in another, lossless file.</summary>
    SamePixels,

    /// <summary>A JPEG that ends in its middle.</summary>
    CutOff,

    /// <summary>A web page under a JPEG's name.</summary>
    NotAPicture,

    /// <summary>The same photo cut a little closer and saved again.</summary>
    NearDuplicate,

    /// <summary>A post and a passer-by before the car.</summary>
    Occluded,

    /// <summary>A background full of other things.</summary>
    Busy,

    /// <summary>A large emblem on the car, like a maker's logo.</summary>
    Badge,

    /// <summary>A second car beside it; the scene says so, nothing is spoilt.</summary>
    SeveralCars,

    /// <summary>A price list instead of a photo: lines of writing and coloured boxes.</summary>
    NotACar,
}

/// <summary>The known truth about one file of a demo listing.</summary>
/// <param name="Name">The file's name within its listing.</param>
/// <param name="Scene">What it shows, or would show if it were whole.</param>
/// <param name="Original">For duplicates: the name of the photo it equals.</param>
public sealed record DemoPhoto(string Name, Scene Scene, DemoDefect Defect = DemoDefect.None, string? Original = null)
{
    public CarShot Shot => Scene.Cars[0];
}

/// <summary>What <c>vehicle.json</c> of a demo listing says, in the shape the marketplace writes it (camel case).</summary>
public sealed record DemoVehicle(
    int SchemaVersion,
    string Make,
    string Model,
    string Generation,
    int Year,
    string Segment,
    decimal Price,
    bool Released,
    IReadOnlyList<string> Features,
    DateTimeOffset ListedAt);

/// <summary>One used car of the demo with its photos, as a plan: nothing is drawn yet.</summary>
/// <param name="Id">The listing's folder.</param>
/// <param name="Photos">In ordinal order of their names.</param>
public sealed record DemoListing(string Id, DemoVehicle Vehicle, IReadOnlyList<DemoPhoto> Photos);

/// <summary>A file of the demo.</summary>
/// <param name="Path">With forward slashes, the listing's folder first: <c>demo-aurora-1/img01.jpg</c>.</param>
public sealed record DemoFile(string Path, byte[] Content);
