using LoraFunctions.Imaging.Gate;
using LoraFunctions.Pipeline.Datasets;
using LoraFunctions.Pipeline.Listings;

namespace LoraFunctions.Pipeline.Tests.Datasets;

public sealed class DatasetMergeTests
{
    [Fact]
    public void Merge_TwoListings_NamesPhotosByListingAndSortsThem()
    {
        var merged = DatasetMerge.Merge([], [], [Listing("b", ("x.jpg", "1")), Listing("a", ("x.jpg", "2"), ("y.jpg", "3"))]);

        merged.Photos.Select(p => (p.File, p.Caption)).ShouldBe([("a-x.jpg", "caption of x.jpg"), ("a-y.jpg", "caption of y.jpg"), ("b-x.jpg", "caption of x.jpg")]);
        merged.Reports.Select(r => r.ListingId).ShouldBe(["a", "b"]);
    }

    [Fact]
    public void Merge_OrderOfListings_MakesNoDifference()
    {
        LabelledListing[] listings = [Listing("a", ("x.jpg", "1")), Listing("b", ("y.jpg", "1"), ("z.jpg", "2"))];

        var one = DatasetMerge.Merge([], [], listings);
        var other = DatasetMerge.Merge([], [], [.. listings.Reverse()]);

        ContractJson.Serialize(other).ShouldBe(ContractJson.Serialize(one));
    }

    [Fact]
    public void Merge_EqualPixelsInTwoListings_TakesOneInAndTheReportSaysSo()
    {
        var merged = DatasetMerge.Merge([], [], [Listing("a", ("x.jpg", "1")), Listing("b", ("y.jpg", "1"))]);

        merged.Photos.Select(p => p.File).ShouldBe(["a-x.jpg"]);
        var verdict = merged.Reports[1].Photos.Single();
        (verdict.Accepted, verdict.Reason, verdict.DuplicateOf).ShouldBe((false, GateReason.ExactDuplicate, "a/x.jpg"));
        verdict.Sentence.ShouldBe("y.jpg shows exactly the same pixels as a/x.jpg; one of them is enough.");
    }

    [Fact]
    public void Merge_NextNight_KeepsWhatIsThere()
    {
        var first = DatasetMerge.Merge([], [], [Listing("m", ("x.jpg", "1"))]);

        var second = DatasetMerge.Merge(first.Photos, first.Reports, [Listing("a", ("y.jpg", "1"), ("z.jpg", "2"))]);

        second.Photos.Select(p => p.File).ShouldBe(["a-z.jpg", "m-x.jpg"]);
        second.Reports.Select(r => r.ListingId).ShouldBe(["a", "m"]);
    }

    [Fact]
    public void Merge_SameListingsAgain_GivesTheSame()
    {
        LabelledListing[] listings = [Listing("a", ("x.jpg", "1")), Listing("b", ("y.jpg", "1"))];
        var first = DatasetMerge.Merge([], [], listings);

        var again = DatasetMerge.Merge(first.Photos, first.Reports, listings);

        ContractJson.Serialize(again).ShouldBe(ContractJson.Serialize(first));
    }

    [Fact]
    public void Merge_ListingInAnotherVersion_ReplacesItsPhotos()
    {
        var first = DatasetMerge.Merge([], [], [Listing("a", ("x.jpg", "1"), ("y.jpg", "2")), Listing("b", ("z.jpg", "3"))]);

        var second = DatasetMerge.Merge(first.Photos, first.Reports, [Listing("a", ("x.jpg", "9"))]);

        second.Photos.Select(p => (p.File, p.PixelDigest)).ShouldBe([("a-x.jpg", "9"), ("b-z.jpg", "3")]);
    }

    [Fact]
    public void Merge_NamesThatFallTogether_StayApart()
    {
        var merged = DatasetMerge.Merge([], [], [Listing("a", ("x y.jpg", "1"), ("x-y.jpg", "2")), Listing("a-x", ("y.jpg", "3"))]);

        merged.Photos.Select(p => p.File).Distinct().Count().ShouldBe(3);
        merged.Photos.ShouldAllBe(p => !p.File.Contains(' ') && p.File.EndsWith(".jpg"));
    }

    [Fact]
    public void Newest_SeveralListings_IsTheOneListedLast()
    {
        var merged = DatasetMerge.Merge([], [], [Listing("a", ("x.jpg", "1")), Listing("b", ("y.jpg", "2"))]);
        var reports = merged.Reports.Select(r => r.ListingId == "a" ? r with { Vehicle = r.Vehicle with { ListedAt = DateTimeOffset.MaxValue } } : r);

        (merged with { Reports = [.. reports] }).Newest.ListingId.ShouldBe("a");
        merged.Newest.ListingId.ShouldBe("b");
    }

    internal static LabelledListing Listing(string id, params (string Name, string Pixels)[] photos)
    {
        var vehicle = new Vehicle(1, "Make", "Model", "", 2024, "suv", 1, true, [], DateTimeOffset.UnixEpoch);
        var verdicts = photos.Select(p => new GateVerdict(p.Name, Digests.OfText(id + p.Pixels), 10, 512, 512, p.Pixels, 1.0, true, null, null, "accepted"));
        return new LabelledListing(
            new ListingGateReport(1, id, $"key-{id}", "make-model", vehicle, [.. verdicts], []),
            photos.ToDictionary(p => p.Name, p => $"caption of {p.Name}"));
    }
}
