using System.Text;
using System.Text.Json;
using LoraFunctions.Imaging;
using LoraFunctions.Imaging.Codecs;
using LoraFunctions.Showroom.Cars;
using LoraFunctions.Showroom.Rendering;
using LoraFunctions.Showroom.Scenes;

namespace LoraFunctions.Showroom.Listings;

/// <summary>How large the demo is.</summary>
public sealed record DemoListingsOptions
{
    public const int DefaultModels = 2;
    public const int DefaultGoodPhotosPerModel = 60;
    public const int DefaultWidth = 768;
    public const int DefaultHeight = 576;
    public const int DefaultSeed = 7;

    /// <summary>When the cars came on the market; the same for all.</summary>
    public required DateTimeOffset ListedAt { get; init; }

    /// <summary>How many of <see cref="CarModel.All"/>.</summary>
    public int Models { get; init; } = DefaultModels;

    /// <summary>Photos of each car model that a gate should accept; what is broken comes on top. At least one a listing.</summary>
    public int GoodPhotosPerModel { get; init; } = DefaultGoodPhotosPerModel;

    /// <summary>Of the photos in pixels.</summary>
    public int Width { get; init; } = DefaultWidth;

    public int Height { get; init; } = DefaultHeight;

    public int Seed { get; init; } = DefaultSeed;
}

/// <summary>
/// The marketplace of the demo: several listings of made-up models with drawn photos, some of them too small, blurred, doubled or broken.
/// What is wrong with which photo is told to the caller and written nowhere. The same options give the same files, byte for byte.
/// </summary>
public static class DemoListings
{
    private const int JpegQuality = 90;
    private const int SmallWidth = 400;
    private const int SmallHeight = 300;
    private const int FirstListings = 3;
    private const int OtherListings = 2;

    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { WriteIndented = true, NewLine = "\n" };

    // Each model's defects, dealt out to its listings in turn.
    private static readonly DemoDefect[] Dealt =
    [
        DemoDefect.TooSmall, DemoDefect.Blurred, DemoDefect.SameFile, DemoDefect.CutOff,
        DemoDefect.NotAPicture, DemoDefect.SamePixels, DemoDefect.Blurred, DemoDefect.TooSmall,
    ];

    // A seller walks around the car; every view's share is enough for a data set.
    private static readonly View[] Walk =
        [View.Front, View.Side, View.Rear, View.Interior, View.FrontThreeQuarter, View.RearThreeQuarter, View.Side];

    /// <summary>Which listings there are and what each photo shows; nothing is drawn.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Fewer good photos than listings, no such number of models, or a size below 1.</exception>
    public static IReadOnlyList<DemoListing> Plan(DemoListingsOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentOutOfRangeException.ThrowIfLessThan(options.Width, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(options.Height, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(options.Models, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(options.Models, CarModel.All.Count);
        var listings = new List<DemoListing>();
        foreach ((int number, CarModel model) in CarModel.All.Take(options.Models).Index())
        {
            int count = number == 0 ? FirstListings : OtherListings;
            ArgumentOutOfRangeException.ThrowIfLessThan(options.GoodPhotosPerModel, count);
            for (int i = 0; i < count; i++)
            {
                int good = (options.GoodPhotosPerModel / count) + (i < options.GoodPhotosPerModel % count ? 1 : 0);
                DemoDefect[] defects = [.. Dealt.Where((_, at) => at % count == i)];
                var vehicle = new DemoVehicle(
                    1, model.Make, model.Model, model.Generation, 2023 + i, CarModel.Segment, model.Price + (i * 6_500m), Released: true,
                    model.Design.Features, options.ListedAt);
                listings.Add(new DemoListing(
                    $"demo-{model.Make.ToLowerInvariant()}-{i + 1}", vehicle, PlanPhotos(model.Design, listings.Count, good, defects, options.Seed)));
            }
        }

        return listings;
    }

    /// <summary>Draws a planned listing file by file, <c>vehicle.json</c> last: whoever finds it finds the photos too.</summary>
    public static IEnumerable<DemoFile> Files(DemoListing listing, DemoListingsOptions options)
    {
        ArgumentNullException.ThrowIfNull(listing);
        ArgumentNullException.ThrowIfNull(options);
        var renderer = new SceneRenderer();
        var drawn = new Dictionary<string, byte[]>(StringComparer.Ordinal);
        foreach (DemoPhoto photo in listing.Photos)
        {
            byte[] content = photo.Original is null ? Draw(renderer, photo, options) : drawn[photo.Original];
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
        IReadOnlyList<DemoListing> listings = Plan(options);
        foreach (DemoFile file in listings.SelectMany(listing => Files(listing, options)))
        {
            string path = Path.Combine(folder, file.Path);
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.WriteAllBytes(path, file.Content);
        }

        return listings;
    }

    private static List<DemoPhoto> PlanPhotos(CarDesign design, int listing, int good, DemoDefect[] defects, int seed)
    {
        Paint paint = Paint.All[(listing * 3) % Paint.All.Count];
        int total = good + defects.Length;
        var photos = new List<DemoPhoto>(total);
        int nextDefect = 0;
        int nextView = listing * 3;
        for (int i = 0; i < total; i++)
        {
            // Defects stand evenly among the good photos, never first: a duplicate needs one before it.
            bool isDefect = nextDefect < defects.Length && i >= 1 + (nextDefect * (total - 1) / defects.Length);
            DemoDefect defect = isDefect ? defects[nextDefect++] : DemoDefect.None;
            int view = defect == DemoDefect.None ? nextView++ : nextView;
            Scene scene = SceneSampler.Of(design, seed + (listing * 1000) + i);
            CarShot shot = scene.Cars[0] with { Paint = paint, View = Walk[view % Walk.Length], Facing = (Facing)(view / Walk.Length % 2) };
            scene = scene with { Cars = [shot], Place = (Place)(view * 2 % 5) };
            string? original = defect is DemoDefect.SameFile or DemoDefect.SamePixels ? photos.Last(photo => photo.Defect == DemoDefect.None).Name : null;
            string name = $"img{i + 1:00}.{(defect == DemoDefect.SamePixels ? "png" : "jpg")}";
            photos.Add(new DemoPhoto(name, original is null ? scene : photos.First(photo => photo.Name == original).Scene, defect, original));
        }

        return photos;
    }

    private static byte[] Draw(SceneRenderer renderer, DemoPhoto photo, DemoListingsOptions options)
    {
        if (photo.Defect == DemoDefect.NotAPicture)
        {
            return "<!DOCTYPE html><html><head><title>404 Not Found</title></head><body><h1>Not Found</h1></body></html>\n"u8.ToArray();
        }

        DrawnPicture picture = photo.Defect == DemoDefect.TooSmall
            ? renderer.Draw(photo.Scene, SmallWidth, SmallHeight)
            : renderer.Draw(photo.Scene, options.Width, options.Height);
        RgbImage image = Defects.Spoil(picture, photo.Defect, photo.Scene.Seed);
        byte[] jpeg = ImageCodec.EncodeJpeg(image, JpegQuality);
        return photo.Defect == DemoDefect.CutOff ? jpeg[..(jpeg.Length / 2)] : jpeg;
    }
}
