using System.Buffers.Binary;
using System.IO.Hashing;
using LoraFunctions.Imaging;
using LoraFunctions.Imaging.Codecs;
using LoraFunctions.Imaging.Gate;
using LoraFunctions.Imaging.Pixels;
using LoraFunctions.Jobs.Preparation;
using Shouldly;
using Xunit;

namespace LoraFunctions.Jobs.Tests.Preparation;

public sealed class PreparationJobTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public PreparationJobTests() => _folder.Write("vehicle.json", "{}");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Run_Photos_TakesTheGoodOnesAndSaysWhyNotTheOthers()
    {
        Photo("a.png", Blocks(1));
        Photo("sub/b.png", Blocks(2));
        Photo("c-copy.png", Resizer.Resize(Blocks(1), 640, 520));
        Photo("d-small.png", Resizer.Resize(Blocks(3), 300, 200));
        Photo("e-soft.png", GaussianBlur.Apply(Blocks(4), 4, 4));
        _folder.Write("photos/notes.md", "sold on Tuesday");
        _folder.Write("photos/phone.heic", "ftypheic");

        var report = new PreparationJob().Run(Request());

        report.Accepted.Select(photo => photo.Name).ShouldBe(["a.png", "sub/b.png"]);
        report.Rejected.Select(photo => (photo.Name, photo.Reason)).ShouldBe([
            ("c-copy.png", GateReason.NearDuplicate), ("d-small.png", GateReason.TooSmall), ("e-soft.png", GateReason.Blurred), ("phone.heic", GateReason.Unreadable)]);
        report.Ignored.Select(file => file.Name).ShouldBe(["notes.md"]);
        report.Missing.ShouldBe(["it has 2 of 50 photos; 48 more must pass the gate"]);
        Written().ShouldBe(["a.png", "contact-sheet.jpg", "gate-report.html", "gate-report.json", "sub-b.png", "vehicle.json"]);
        PictureFolder.Names(_folder.Below("set")).ShouldBe(["a.png", "sub-b.png"]);
        File.ReadAllBytes(_folder.Below("set", "a.png")).ShouldBe(File.ReadAllBytes(_folder.Below("photos", "a.png")));
        var page = File.ReadAllText(_folder.Below("set", PreparationFiles.Page));
        foreach (var words in new[] { "2 of 6 photos are taken", "48 more must pass the gate", "too small (1)", "phone.heic", "notes.md", "data:image/jpeg;base64," })
        {
            page.ShouldContain(words);
        }
    }

    [Fact]
    public void Run_MoreThanTheMost_TakesTheBestAndAgainRemovesTheOthers()
    {
        Photo("a.png", GaussianBlur.Apply(Blocks(1), 0.8, 0.8));
        Photo("b.png", Blocks(2));
        Photo("c.png", Blocks(3));
        new PreparationJob().Run(Request()).Accepted.Count().ShouldBe(3);
        _folder.Write("set/mine.txt", "stays");

        var report = new PreparationJob().Run(Request() with { MaxPhotos = 2 });

        report.Rejected.Select(photo => (photo.Name, photo.Reason)).ShouldBe([("a.png", GateReason.SetIsFull)]);
        Written().ShouldBe(["b.png", "c.png", "contact-sheet.jpg", "gate-report.html", "gate-report.json", "mine.txt", "vehicle.json"]);
    }

    [Fact]
    public void Run_CaptionsInTextFiles_ComeAlongAndTellTheViews()
    {
        for (var i = 0; i < 4; i++)
        {
            Photo($"20_car/{i}.png", Blocks(i));
            _folder.Write($"photos/20_car/{i}.txt", $"Tesla Model Y, {(i < 3 ? "side view" : "interior")}\nsecond line");
        }

        var report = new PreparationJob().Run(Request() with { MinPhotos = 20 });

        CaptionFile.Read(_folder.Below("set", "metadata.csv")).Select(row => (row.FileName, row.Caption)).ShouldBe([
            ("20_car-0.png", "Tesla Model Y, side view"), ("20_car-1.png", "Tesla Model Y, side view"), ("20_car-2.png", "Tesla Model Y, side view"), ("20_car-3.png", "Tesla Model Y, interior")]);
        report.Missing.ShouldBe([
            "it has 4 of 20 photos; 16 more must pass the gate",
            "0 of its photos show the front, at least 1 must: photograph the car from the front",
            "0 of its photos show the rear, at least 1 must: photograph the car from behind"]);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(5)]
    public void Run_HostileFiles_AreNamedAndNothingElseIsTouched(int threads)
    {
        var good = ImageCodec.EncodeJpeg(Blocks(1), 90);
        var files = new Dictionary<string, byte[]>
        {
            ["..jpg"] = good, [" lead.jpg"] = ImageCodec.EncodeJpeg(Blocks(2), 90), ["a:b?*\"<i>.jpg"] = ImageCodec.EncodeJpeg(Blocks(3), 90),
            ["tab\tnewline\n.jpg"] = ImageCodec.EncodeJpeg(Blocks(4), 90), ["日本車.jpg"] = ImageCodec.EncodeJpeg(Blocks(5), 90), [".hidden.jpg"] = good,
            ["empty.jpg"] = [], ["cut.jpg"] = good[..(good.Length / 2)], ["page.jpg"] = "<!DOCTYPE html><h1>404</h1>"u8.ToArray(),
            ["really-a-png.jpg"] = ImageCodec.EncodePng(Blocks(6)), ["zip-behind.jpg"] = [.. ImageCodec.EncodeJpeg(Blocks(7), 90), .. "PK\u0003\u0004"u8, .. new byte[2000]],
            ["bomb.png"] = Bomb(60_000, 60_000), ["wide-bomb.png"] = Bomb(int.MaxValue, 1), ["exe.png"] = "MZ\u0090\0"u8.ToArray(),
        };
        foreach (var (name, content) in files)
        {
            Directory.CreateDirectory(_folder.Below("photos"));
            File.WriteAllBytes(_folder.Below("photos", name), content);
        }

        Directory.CreateSymbolicLink(_folder.Below("photos", "loop"), _folder.Path);
        var report = new PreparationJob().Run(Request() with { Threads = threads });

        report.Photos.Select(photo => photo.Name).Concat(report.Ignored.Select(file => file.Name)).Order(StringComparer.Ordinal).ShouldBe(files.Keys.Append("loop/").Order(StringComparer.Ordinal));
        report.Rejected.Select(photo => photo.Name).ShouldBe(["bomb.png", "cut.jpg", "empty.jpg", "exe.png", "page.jpg", "wide-bomb.png"]);
        report.Rejected.ShouldAllBe(photo => photo.Reason == GateReason.Unreadable && photo.Sentence.Length > photo.Name.Length + 20);
        report.Ignored.Select(file => file.Name).ShouldBe(["..jpg", ".hidden.jpg", "loop/"]);
        PictureFolder.Names(_folder.Below("set")).ShouldBe(["a-b----i-.jpg", "lead.jpg", "really-a-png.jpg", "tab-newline-.jpg", "zip-behind.jpg", "日本車.jpg"]);
        File.ReadAllText(_folder.Below("set", PreparationFiles.Page)).ShouldNotContain("<i>");
        Directory.EnumerateFileSystemEntries(_folder.Path).Select(Path.GetFileName).Order().ShouldBe(["photos", "set", "vehicle.json"]);
        foreach (var (name, content) in files)
        {
            File.ReadAllBytes(_folder.Below("photos", name)).ShouldBe(content);
        }
    }

    [Fact]
    public void Run_HoweverManyThreadsAndInWhateverOrderTheFilesCame_WritesTheSameBytes()
    {
        var photos = Enumerable.Range(0, 12).Select(i => (Name: $"{i}.png", File: ImageCodec.EncodePng(i % 4 == 3 ? GaussianBlur.Apply(Blocks(i), 4, 4) : Blocks(i / 2)))).ToArray();
        Dictionary<string, string>[] written =
        [
            .. new[] { 1, 2, 4 }.Select(threads =>
            {
                Directory.CreateDirectory(_folder.Below($"photos{threads}"));
                new Random(threads).Shuffle(photos);
                foreach (var (name, file) in photos)
                {
                    File.WriteAllBytes(_folder.Below($"photos{threads}", name), file);
                }

                new PreparationJob().Run(Request() with { Threads = threads, PhotosFolder = _folder.Below($"photos{threads}"), OutputFolder = _folder.Below($"set{threads}") })
                    .Rejected.Select(photo => photo.Reason).Distinct().ShouldBe([GateReason.ExactDuplicate, GateReason.Blurred], ignoreOrder: true);
                return Directory.GetFiles(_folder.Below($"set{threads}")).ToDictionary(file => Path.GetFileName(file), file => Convert.ToHexString(File.ReadAllBytes(file)));
            }),
        ];

        written[1].ShouldBe(written[0], ignoreOrder: true);
        written[2].ShouldBe(written[0], ignoreOrder: true);
    }

    [Fact]
    public void Run_WrongFolders_AreRefusedBeforeAnythingIsWritten()
    {
        Photo("a.png", Blocks(1));
        _folder.Write("other/mine.txt", "a person's");

        Should.Throw<InvalidJobInputException>(() => new PreparationJob().Run(Request() with { OutputFolder = _folder.Below("photos", "set") })).Message.ShouldContain("among the photos");
        Should.Throw<InvalidJobInputException>(() => new PreparationJob().Run(Request() with { OutputFolder = _folder.Below("other") })).Message.ShouldContain("no gate-report.json");
        Should.Throw<InvalidJobInputException>(() => new PreparationJob().Run(Request() with { PhotosFolder = _folder.Below("none") })).Message.ShouldContain("no folder");
        Directory.Exists(_folder.Below("set")).ShouldBeFalse();
    }

    private PreparationRequest Request() => new()
    {
        PhotosFolder = _folder.Below("photos"),
        VehicleFile = _folder.Below("vehicle.json"),
        Vehicle = new Vehicle(1, "Tesla", "Model Y", "", 2024, "suv", 1, true, [], DateTimeOffset.UnixEpoch),
        OutputFolder = _folder.Below("set"),
    };

    private string[] Written() => [.. Directory.GetFileSystemEntries(_folder.Below("set")).Select(path => Path.GetFileName(path)).Order(StringComparer.Ordinal)];

    private void Photo(string name, RgbImage image)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(_folder.Below("photos", name))!);
        File.WriteAllBytes(_folder.Below("photos", name), ImageCodec.EncodePng(image));
    }

    // Blocks of many colours, others with every seed.
    internal static RgbImage Blocks(int seed)
    {
        var (image, colours) = (new RgbImage(720, 560), new byte[9 * 7 * 3]);
        new Random(seed).NextBytes(colours);
        for (var i = 0; i < image.Pixels.Length; i++)
        {
            var (x, y) = (i / 3 % 720 / 80, i / 3 / 720 / 80);
            image.Pixels[i] = colours[(((y * 9) + x) * 3) + (i % 3)];
        }

        return image;
    }

    // A PNG that says it is so large, and is not.
    private static byte[] Bomb(int width, int height)
    {
        byte[] header = [0, 0, 0, 13, .. "IHDR"u8, 0, 0, 0, 0, 0, 0, 0, 0, 8, 2, 0, 0, 0, 0, 0, 0, 0];
        BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(8), width);
        BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(12), height);
        BinaryPrimitives.WriteUInt32BigEndian(header.AsSpan(21), Crc32.HashToUInt32(header.AsSpan(4, 17)));
        return [0x89, .. "PNG\r\n\u001a\n"u8, .. header, 0, 0, 0, 0, .. "IEND"u8, 0xAE, 0x42, 0x60, 0x82];
    }
}
