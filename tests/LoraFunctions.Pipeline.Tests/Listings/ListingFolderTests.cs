using LoraFunctions.Imaging.Gate;
using LoraFunctions.Pipeline.Listings;
using LoraFunctions.Pipeline.Storage;

namespace LoraFunctions.Pipeline.Tests.Listings;

public sealed class ListingFolderTests
{
    [Fact]
    public void Group_Entries_MakesFoldersAndKeepsStraysApart()
    {
        var folders = ListingFolder.Group([Entry("1/a.jpg"), Entry("1/vehicle.json"), Entry("2/x/b.png"), Entry("stray.jpg")]).ToList();

        folders.Select(f => f.ListingId).ShouldBe(["", "1", "2"]);
        folders[1].Files.Select(f => f.Name).ShouldBe(["a.jpg", "vehicle.json"]);
        folders[1].HasVehicleFile.ShouldBeTrue();
        folders[2].HasVehicleFile.ShouldBeFalse();
    }

    [Fact]
    public void Photos_OtherFiles_AreIgnoredWithAReason()
    {
        var folder = ListingFolder.Group([Entry("1/a.JPG"), Entry("1/b.webp"), Entry("1/d.jfif"), Entry("1/e.HEIC"), Entry("1/notes.txt"), Entry("1/in/c.jpg"), Entry("1/@eaDir/a.jpg"), Entry("1/vehicle.json")]).Single();

        folder.Photos.Select(p => p.Name).ShouldBe(["a.JPG", "b.webp", "d.jfif", "e.HEIC"]); // the gate refuses HEIC by name
        folder.Ignored.Select(i => i.Name).ShouldBe(["notes.txt", "in/c.jpg", "@eaDir/a.jpg"]);
        folder.Ignored.First().Reason.ShouldStartWith("its name does not end in .jpg, .jpeg");
    }

    [Fact]
    public void Key_ContentNamesOrSizesChange_Changes()
    {
        static string Key(params BlobEntry[] entries) => ListingFolder.Group(entries).Single().Key(new GateOptions());

        var key = Key(Entry("1/a.jpg"), Entry("1/b.jpg"));
        key.Length.ShouldBe(16);
        Key(Entry("1/a.jpg") with { ETag = "other" }, Entry("1/b.jpg")).ShouldBe(key);
        string[] others =
        [
            Key(Entry("1/a.jpg")),
            Key(Entry("1/a.jpg") with { ContentMd5 = "another" }, Entry("1/b.jpg")),
            Key(Entry("1/a.jpg"), Entry("1/c.jpg")),
            Key(Entry("1/a.jpg") with { ContentMd5 = null }, Entry("1/b.jpg")),
            Key(Entry("1/a.jpg") with { ContentMd5 = null, ETag = "other" }, Entry("1/b.jpg")),
        ];
        ListingFolder.Group([Entry("1/a.jpg"), Entry("1/b.jpg")]).Single().Key(new GateOptions { MaxBlur = 3 }).ShouldNotBe(key, "other limits judge anew");
        others.Append(key).Distinct().Count().ShouldBe(6);
    }

    [Theory]
    [InlineData("4711", null)]
    [InlineData("车-1", null)]
    [InlineData("", "outside of any listing's folder")]
    [InlineData("a:b", "holds one of")]
    [InlineData("a#b", "holds one of")]
    [InlineData("..", "holds one of")]
    [InlineData("0123456789012345678901234567890123456789012345678901234567890123456789", "70 characters; at most 64")]
    public void IdObjection_FolderNames_SaysWhatIsWrong(string id, string? objection)
    {
        if (objection is null)
        {
            ListingFolder.IdObjection(id).ShouldBeNull();
        }
        else
        {
            ListingFolder.IdObjection(id).ShouldNotBeNull().ShouldContain(objection);
        }
    }

    [Theory]
    [InlineData("IMG_12:30:45.jpg", null)]
    [InlineData(" a.jpg", null)]
    [InlineData("a\\b.jpg", "its name holds a '/', a '\\' or a control character; rename it")]
    [InlineData("a\nb.jpg", "its name holds a '/', a '\\' or a control character; rename it")]
    public void Photos_Names_FollowTheOneRule(string name, string? objection)
    {
        var folder = ListingFolder.Group([Entry($"1/{name}")]).Single();

        folder.Photos.Count().ShouldBe(objection is null ? 1 : 0);
        folder.Ignored.Select(i => i.Reason).ShouldBe(objection is null ? [] : [objection]);
    }

    private static BlobEntry Entry(string name) => new(name, 100, "etag", "md5");
}
