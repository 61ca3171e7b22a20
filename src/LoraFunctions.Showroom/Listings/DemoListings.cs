using System.Text;
using System.Text.Json;
using LoraFunctions.Imaging.Codecs;
using LoraFunctions.Imaging.Pixels;
using LoraFunctions.Showroom.Drawings;

namespace LoraFunctions.Showroom.Listings;

/// <summary>
/// The marketplace of the demo: several listings of two made-up models with drawn photos, some of them too small, blurred,
/// doubled or broken. What is wrong with which photo is told to the caller and written nowhere. The same options give the
/// same files, byte for byte.
/// </summary>
public static class DemoListings
{
    private const int JpegQuality = 90;
    private const int SmallWidth = 400;
    private const int SmallHeight = 320;
    private const double BlurSigma = 4;

    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { WriteIndented = true, NewLine = "\n" };

    // Each model's defects, dealt out to its listings in turn.
    private static readonly DemoDefect[] Defects =
    [
        DemoDefect.TooSmall, DemoDefect.Blurred, DemoDefect.SameFile, DemoDefect.CutOff,
        DemoDefect.NotAPicture, DemoDefect.SamePixels, DemoDefect.Blurred, DemoDefect.TooSmall,
    ];

    private static readonly (CarModelDesign Design, int Year, decimal Price)[] Cars =
    [
        (CarModelDesign.AuroraSedan, 2024, 189_800m),
        (CarModelDesign.AuroraSedan, 2024, 196_500m),
        (CarModelDesign.AuroraSedan, 2025, 214_000m),
        (CarModelDesign.BorealisWagon, 2023, 168_000m),
        (CarModelDesign.BorealisWagon, 2024, 181_300m),
    ];

    /// <summary>Which listings there are and what each photo shows; nothing is drawn.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Fewer good photos than listings, or a size below 1.</exception>
    public static IReadOnlyList<DemoListing> Plan(DemoListingsOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentOutOfRangeException.ThrowIfLessThan(options.Width, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(options.Height, 1);
        var listings = new List<DemoListing>();
        foreach (var cars in Cars.GroupBy(car => car.Design).Select(group => group.ToArray()))
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(options.GoodPhotosPerModel, cars.Length);
            for (var i = 0; i < cars.Length; i++)
            {
                var (design, year, price) = cars[i];
                var good = (options.GoodPhotosPerModel / cars.Length) + (i < options.GoodPhotosPerModel % cars.Length ? 1 : 0);
                var defects = Defects.Where((_, at) => at % cars.Length == i).ToArray();
                var vehicle = new DemoVehicle(
                    1, design.Make, design.Model, design.Generation, year, design.Segment, price, Released: true, design.Features, options.ListedAt);
                listings.Add(new DemoListing(
                    $"demo-{design.Make.ToLowerInvariant()}-{i + 1}",
                    vehicle,
                    PlanPhotos(design, listings.Count, good, defects, options.Seed)));
            }
        }

        return listings;
    }

    /// <summary>Draws a planned listing file by file, <c>vehicle.json</c> last: whoever finds it finds the photos too.</summary>
    public static IEnumerable<DemoFile> Files(DemoListing listing, DemoListingsOptions options)
    {
        ArgumentNullException.ThrowIfNull(listing);
        ArgumentNullException.ThrowIfNull(options);
        var drawn = new Dictionary<string, byte[]>();
        foreach (var photo in listing.Photos)
        {
            var content = photo.Original is null ? Draw(photo, options) : drawn[photo.Original];
            drawn[photo.Name] = photo.Defect == DemoDefect.SamePixels ? ImageCodec.EncodePng(ImageCodec.Decode(content)) : content;
            yield return new DemoFile($"{listing.Id}/{photo.Name}", drawn[photo.Name]);
        }

        yield return new DemoFile($"{listing.Id}/vehicle.json", Encoding.UTF8.GetBytes(JsonSerializer.Serialize(listing.Vehicle, Json) + "\n"));
    }

    /// <summary>Writes all listings below a folder and returns the truth about them. Existing files of these names are replaced.</summary>
    /// <exception cref="IOException">The folder cannot be written.</exception>
    public static IReadOnlyList<DemoListing> WriteTo(string folder, DemoListingsOptions options)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(folder);
        var listings = Plan(options);
        foreach (var file in listings.SelectMany(listing => Files(listing, options)))
        {
            var path = Path.Combine(folder, file.Path);
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.WriteAllBytes(path, file.Content);
        }

        return listings;
    }

    // A seller walks around the car: the views in turn, on the street and before a wall, sometimes at night.
    private static List<DemoPhoto> PlanPhotos(CarModelDesign design, int listing, int good, DemoDefect[] defects, int seed)
    {
        var paint = Paint.All[(listing * 2) % Paint.All.Count];
        var total = good + defects.Length;
        var photos = new List<DemoPhoto>(total);
        var nextDefect = 0;
        var nextView = listing;
        for (var i = 0; i < total; i++)
        {
            // Defects stand evenly among the good photos, never first: a duplicate needs one before it.
            var isDefect = nextDefect < defects.Length && i >= 1 + (nextDefect * (total - 1) / defects.Length);
            var defect = isDefect ? defects[nextDefect++] : DemoDefect.None;
            var view = defect == DemoDefect.None ? nextView++ : nextView;
            var shot = new CarShot(
                design,
                (CarView)(view % 4),
                paint,
                view / 4 % 3 == 2 ? Background.Plain : Background.Street,
                view % 5 == 4 ? Lighting.Night : Lighting.Day,
                seed + (listing * 1000) + i);
            var original = defect is DemoDefect.SameFile or DemoDefect.SamePixels ? photos.Last(photo => photo.Defect == DemoDefect.None) : null;
            var name = $"img{i + 1:00}.{(defect == DemoDefect.SamePixels ? "png" : "jpg")}";
            photos.Add(new DemoPhoto(name, original?.Shot ?? shot, defect, original?.Name));
        }

        return photos;
    }

    private static byte[] Draw(DemoPhoto photo, DemoListingsOptions options)
    {
        if (photo.Defect == DemoDefect.NotAPicture)
        {
            return "<!DOCTYPE html><html><head><title>404 Not Found</title></head><body><h1>Not Found</h1></body></html>\n"u8.ToArray();
        }

        var picture = photo.Defect == DemoDefect.TooSmall
            ? CarDrawing.Draw(photo.Shot, SmallWidth, SmallHeight)
            : CarDrawing.Draw(photo.Shot, options.Width, options.Height);
        picture = photo.Defect == DemoDefect.Blurred ? GaussianBlur.Apply(picture, BlurSigma, BlurSigma) : picture;
        var jpeg = ImageCodec.EncodeJpeg(picture, JpegQuality);
        return photo.Defect == DemoDefect.CutOff ? jpeg[..(jpeg.Length / 2)] : jpeg;
    }
}
