using LoraFunctions.Jobs.Training.Configuration;
using LoraFunctions.Jobs.Training.Data;
using Shouldly;
using Xunit;

namespace LoraFunctions.Jobs.Tests.Training;

public sealed class PhotoSetTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Load_PhotosOfSeveralShapes_CutsEachToItsBucket()
    {
        Photo("a.png", 160, 120);
        Photo("b.png", 90, 120);
        Photo("sub/c.png", 100, 100);
        Captions("b.png,\"two\"\nsub/c.png,\"three\"\na.png,\"one\"\n");

        var set = PhotoSet.Load(
            Configuration() with
            {
                BucketStep = 32,
                TriggerWords = ["Two", "car"],
            },
            progress: null,
            CancellationToken.None);

        set.Photos.Select(p => (p.FileName, p.Caption, p.Bucket))
            .ShouldBe([
                ("a.png", "Two, car, one", new TrainingSize(64, 64)),
                ("b.png", "car, two", new TrainingSize(64, 64)),
                ("sub/c.png", "Two, car, three", new TrainingSize(64, 64)),
            ]);
        set.Photos.ShouldAllBe(p => p.Pixels!.Width == p.Bucket.Width && p.Pixels.Height == p.Bucket.Height);
    }

    [Fact]
    public void Load_WidePhoto_GoesToAWideBucket()
    {
        Photo("a.png", 400, 300);
        Captions("a.png,\"one\"\n");

        PhotoSet
            .Load(Configuration() with { Resolution = new(512, 512) }, progress: null, CancellationToken.None)
            .Photos.Single()
            .Bucket.ShouldBe(new TrainingSize(576, 448));
        PhotoSet
            .Load(Configuration() with { Resolution = new(512, 512), Buckets = false }, progress: null, CancellationToken.None)
            .Photos.Single()
            .Bucket.ShouldBe(new TrainingSize(512, 512));
    }

    [Fact]
    public void Load_WidthAndHeight_AreASizeOfTheirOwn()
    {
        Photo("a.png", 768, 576);
        Captions("a.png,\"one\"\n");

        foreach (var buckets in new[] { true, false })
        {
            PhotoSet
                .Load(Configuration() with { Resolution = new(192, 144), Buckets = buckets }, progress: null, CancellationToken.None)
                .Photos.Single()
                .Bucket.ShouldBe(new TrainingSize(192, 144));
        }
    }

    [Fact]
    public void Load_SameContent_HasTheSameDigestAndAnotherCaptionAnother()
    {
        Photo("a.png", 64, 64);
        Captions("a.png,\"one\"\n");
        var first = Load().Digest;
        Captions("file_name,text\na.png,one\n");
        Load().Digest.ShouldBe(first);
        Captions("a.png,\"two\"\n");
        Load().Digest.ShouldNotBe(first);
    }

    [Fact]
    public void Load_EveryKindOfProblem_NamesAllAtOnce()
    {
        Photo("good.png", 64, 64);
        Photo("uncaptioned.png", 64, 64);
        Photo("silent.png", 64, 64);
        _folder.Write("photos/broken.jpg", "this is no picture");
        Captions("good.png,\"fine\"\ngone.png,\"nowhere\"\nsilent.png,\"\"\nbroken.jpg,\"broken\"\n");
        var metadata = _folder.Below("photos", "metadata.csv");

        Should
            .Throw<InvalidJobInputException>(Load)
            .Problems.ShouldBe([
                $"{metadata}:3: silent.png: the caption is empty.",
                $"{metadata}:2: gone.png: there is no such file in {_folder.Below("photos")}.",
                $"{metadata}: uncaptioned.png: the photo has no caption; 'lora label' writes one, or move the photo away.",
                $"{metadata}:4: broken.jpg cannot be read: its content is neither JPEG, PNG, WebP, BMP, GIF nor TIFF, whatever its name says.",
            ]);
    }

    [Fact]
    public void Load_UncaptionedPhotoWhoseNameIsPartOfAnotherProblem_IsNamedToo()
    {
        Photo("a.png", 64, 64);
        Photo("data.png", 64, 64);
        Captions("data.png,\"\"\n");

        var problems = Should.Throw<InvalidJobInputException>(Load).Problems;

        problems.Count.ShouldBe(2);
        problems[1].ShouldContain(": a.png: the photo has no caption");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Load_CaptionsUnreadableAsAWhole_AreTheOnlyProblem(bool isUnquoted)
    {
        Photo("a.png", 64, 64);
        Photo("b.png", 64, 64);
        byte[] content = isUnquoted ? "a.png,\"one\nb.png,two\n"u8.ToArray() : [.. "a.png,\""u8, 0xCC, 0xD8, .. "\"\nb.png,\"two\"\n"u8];
        File.WriteAllBytes(_folder.Below("photos", "metadata.csv"), content);

        Should.Throw<InvalidJobInputException>(Load).Problems.ShouldHaveSingleItem()
            .ShouldContain(isUnquoted ? "the double quotes do not match" : "is not UTF-8 text");
    }

    [Fact]
    public void Load_NamesOutsideTheFolder_AreRefused()
    {
        Photo("a.png", 64, 64);
        Photo("../elsewhere.png", 64, 64);
        var absolute = _folder.Below("elsewhere.png");
        Captions($"a.png,\"one\"\n../elsewhere.png,\"two\"\n{absolute},\"three\"\n./a.png,\"four\"\n");
        var metadata = _folder.Below("photos", "metadata.csv");

        Should
            .Throw<InvalidJobInputException>(Load)
            .Problems.Select(p => p.Split(';')[0])
            .ShouldBe([
                $"{metadata}:2: ../elsewhere.png: is no name inside the photos' folder",
                $"{metadata}:3: {absolute}: is no name inside the photos' folder",
                $"{metadata}:4: ./a.png: is no name inside the photos' folder",
            ]);
    }

    [Theory]
    [InlineData("IMG.PNG")]
    [InlineData("SUB\\img.png")]
    public void Load_NameThatDiffersInLetterCaseOrSlashes_SaysWhatIsThere(string written)
    {
        var name = written.Replace('\\', '/').ToLowerInvariant();
        Photo(name, 64, 64);
        Captions($"{written},\"one\"\n");

        Should
            .Throw<InvalidJobInputException>(Load)
            .Problems.ShouldBe([
                $"{_folder.Below("photos", "metadata.csv")}:1: {written}: there is no such file in {_folder.Below("photos")}; there is "
                    + $"{name}, write it like that.",
            ]);
    }

    [Fact]
    public void Load_CaptionsInGbk_AreRefusedInsteadOfTrainedAsOtherWords()
    {
        Photo("a.png", 64, 64);
        Captions("");
        var metadata = _folder.Below("photos", "metadata.csv");
        byte[] gbk = [.. "# a\na.png,\""u8, 0xCC, 0xD8, 0xCB, 0xB9, 0xC0, 0xAD, .. "\"\n"u8];
        File.WriteAllBytes(metadata, gbk);

        Should
            .Throw<InvalidJobInputException>(Load)
            .Problems[0]
            .ShouldBe($"{metadata}:2: is not UTF-8 text (byte 0xCC cannot stand there; GBK, perhaps); save the file as UTF-8.");
    }

    [Theory]
    [InlineData("utf-8")]
    [InlineData("utf-16")]
    [InlineData("utf-16BE")]
    public void Load_CaptionsUnderAByteOrderMark_AreReadAsTheyAre(string encoding)
    {
        Photo("a.png", 64, 64);
        Captions("");
        File.WriteAllText(_folder.Below("photos", "metadata.csv"), "a.png,\"特斯拉\"\n", System.Text.Encoding.GetEncoding(encoding));

        Load().Photos.Single().Caption.ShouldBe("特斯拉");
    }

    [Theory]
    [InlineData("Aurora Sedan, side view", "Aurora Sedan, night", "Aurora Sedan")]
    [InlineData("Aurora Sedan, side view", "a car", null)]
    public void CommonName_Captions_IsWhatAllBeginWith(string first, string second, string? expected)
    {
        Photo("a.png", 64, 64);
        Photo("b.png", 64, 64);
        Captions($"a.png,\"{first}\"\nb.png,\"{second}\"\n");

        Load().CommonName.ShouldBe(expected);
    }

    [Fact]
    public void Load_NoPhotos_SaysSo()
    {
        Captions("");

        Should.Throw<InvalidJobInputException>(Load).Problems.ShouldHaveSingleItem().ShouldContain("no photo to train on");
    }

    private PhotoSet Load() => PhotoSet.Load(Configuration(), progress: null, CancellationToken.None);

    private void Photo(string name, int width, int height) => TestPictures.WritePng(_folder.Below("photos", name), width, height, seed: 1);

    private void Captions(string rows) => _folder.Write("photos/metadata.csv", rows);

    private TrainingConfiguration Configuration() =>
        new()
        {
            TrainDataDir = _folder.Below("photos"),
            MetadataPath = _folder.Below("photos", "metadata.csv"),
            Resolution = new(64, 64),
        };
}
