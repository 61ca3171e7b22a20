using LoraFunctions.Imaging;
using LoraFunctions.Imaging.Gate;
using LoraFunctions.Imaging.Pixels;
using LoraFunctions.Pipeline.Datasets;
using LoraFunctions.Pipeline.Listings;

namespace LoraFunctions.Pipeline.Tests.Datasets;

public sealed class DatasetMergeTests
{
    [Fact]
    public void Merge_TwoListings_NamesPhotosByListingAndSortsThem()
    {
        var merged = DatasetMerge.Of([Listing("b", ("x.jpg", "1")), Listing("a", ("x.jpg", "2"), ("y.jpg", "3"))]);

        merged.Photos.Select(p => (p.File, p.Caption)).ShouldBe([("a-x.jpg", "caption of x.jpg"), ("a-y.jpg", "caption of y.jpg"), ("b-x.jpg", "caption of x.jpg")]);
        merged.Reports.Select(r => r.ListingId).ShouldBe(["a", "b"]);
    }

    [Fact]
    public void Merge_OrderOfListings_MakesNoDifference()
    {
        LabelledListing[] listings = [Listing("a", ("x.jpg", "1")), Listing("b", ("y.jpg", "1"), ("z.jpg", "2"))];

        var one = DatasetMerge.Of(listings);
        var other = DatasetMerge.Of([.. listings.Reverse()]);

        ContractJson.Serialize(other).ShouldBe(ContractJson.Serialize(one));
    }

    [Fact]
    public void Merge_EqualPixelsInTwoListings_TakesOneInAndTheReportSaysSo()
    {
        var merged = DatasetMerge.Of([Listing("a", ("x.jpg", "1")), Listing("b", ("y.jpg", "1"))]);

        merged.Photos.Select(p => p.File).ShouldBe(["a-x.jpg"]);
        var verdict = merged.Reports[1].Photos.Single();
        (verdict.Accepted, verdict.Reason, verdict.DuplicateOf).ShouldBe((false, GateReason.ExactDuplicate, "a/x.jpg"));
        verdict.Sentence.ShouldBe("y.jpg shows exactly the same pixels as a/x.jpg; one of them is enough.");
    }

    /// <summary>Three listings with a photo in common, brought by nights in every order, with one changing in between or not.</summary>
    [Fact]
    public void Merge_WhateverNightsBroughtThem_SameListingsGiveTheSame()
    {
        LabelledListing[] listings = [Listing("a", ("x.jpg", "1")), Listing("b", ("y.jpg", "1"), ("z.jpg", "2")), Listing("c", ("x.jpg", "2"), ("w.jpg", "3"))];
        var expected = ContractJson.Serialize(DatasetMerge.Of(listings));
        int[][] orders = [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]];
        foreach (var order in orders)
        {
            IReadOnlyList<LabelledListing> there = [Listing("b", ("old.jpg", "3"))];
            foreach (var i in order)
            {
                there = DatasetMerge.Merge(there, [listings[i]], []).Listings;
            }

            ContractJson.Serialize(DatasetMerge.Of(there)).ShouldBe(expected);
        }
    }

    [Fact]
    public void Merge_OriginalIsWithdrawn_ItsDuplicateTakesItsPlace()
    {
        var first = DatasetMerge.Of([Listing("a", ("x.jpg", "1")), Listing("b", ("y.jpg", "1"))]);

        var byListing = DatasetMerge.Merge(first.Listings, [], ["a"]);
        var byPhoto = DatasetMerge.Merge(first.Listings, [Listing("a", ("other.jpg", "9"))], []);

        byListing.Photos.Select(p => p.File).ShouldBe(["b-y.jpg"]);
        byListing.Reports.Single().Photos.Single().Accepted.ShouldBeTrue();
        byPhoto.Photos.Select(p => p.File).ShouldBe(["a-other.jpg", "b-y.jpg"]);
    }

    [Fact]
    public void Merge_ListingInAnotherVersion_ReplacesItsPhotos()
    {
        var first = DatasetMerge.Of([Listing("a", ("x.jpg", "1"), ("y.jpg", "2")), Listing("b", ("z.jpg", "3"))]);

        var second = DatasetMerge.Merge(first.Listings, [Listing("a", ("x.jpg", "9"))], []);

        second.Photos.Select(p => (p.File, p.PixelDigest)).ShouldBe([("a-x.jpg", "9"), ("b-z.jpg", "3")]);
    }

    [Fact]
    public void Merge_NamesThatFallTogether_StayApart()
    {
        var merged = DatasetMerge.Of([Listing("a", ("x y.jpg", "1"), ("x-y.jpg", "2")), Listing("a-x", ("y.jpg", "3"))]);

        merged.Photos.Select(p => p.File).Distinct().Count().ShouldBe(3);
        merged.Photos.ShouldAllBe(p => !p.File.Contains(' ') && p.File.EndsWith(".jpg"));
    }

    [Fact]
    public void Merge_TheSameShotInTwoListings_TakesOneInAndComesBackWhenThatLeaves()
    {
        var shot = Picture(1);
        LabelledListing[] listings =
        [
            WithLooks(Listing("a", ("x.jpg", "1")), shot),
            WithLooks(Listing("b", ("y.jpg", "2"), ("z.jpg", "3")), Resizer.Resize(shot, 300, 200), Picture(2)),
        ];

        var merged = DatasetMerge.Of([.. listings.Reverse()]);
        var later = DatasetMerge.Merge(merged.Listings, [], ["a"]);

        merged.Photos.Select(p => p.File).ShouldBe(["a-x.jpg", "b-z.jpg"]);
        var verdict = merged.Reports[1].Photos[0];
        (verdict.Accepted, verdict.Reason, verdict.DuplicateOf).ShouldBe((false, GateReason.NearDuplicate, "a/x.jpg"));
        verdict.Sentence.ShouldStartWith("y.jpg is the same shot as a/x.jpg");
        merged.Reports.SelectMany(r => r.Photos).ShouldAllBe(p => p.Look == null);
        ContractJson.Serialize(DatasetMerge.Of(listings)).ShouldBe(ContractJson.Serialize(merged));
        later.Photos.Select(p => p.File).ShouldBe(["b-y.jpg", "b-z.jpg"]);
        DatasetMerge.Of(listings, new GateOptions { MinSameShot = 1.1 }).Photos.Count.ShouldBe(3);
    }

    [Fact]
    public void Merge_MoreThanTheMost_KeepsTheBestAndNamesTheOthers()
    {
        var listing = Listing("a", [.. Enumerable.Range(0, 5).Select(i => ($"{i}.jpg", $"{i}"))]);
        listing = listing with { Report = listing.Report with { Photos = [.. listing.Report.Photos.Select((p, i) => p with { Quality = i % 2 })] } };

        var merged = DatasetMerge.Of([listing], maxPhotos: 3);

        merged.Photos.Select(p => p.Name).ShouldBe(["0.jpg", "1.jpg", "3.jpg"]);
        merged.Reports.Single().Photos[4].Reason.ShouldBe(GateReason.SetIsFull);
        DatasetMerge.Of(merged.Listings, maxPhotos: 5).Photos.Count.ShouldBe(5);
    }

    [Fact]
    public void Newest_SeveralListings_IsTheOneListedLast()
    {
        LabelledListing[] listings = [Listing("a", ("x.jpg", "1")), Listing("b", ("y.jpg", "2"))];
        var late = listings[0].Report with { Vehicle = listings[0].Report.Vehicle with { ListedAt = DateTimeOffset.MaxValue, Segment = "late" } };

        DatasetMerge.Newest([listings[0] with { Report = late }, listings[1]])!.Segment.ShouldBe("late");
        DatasetMerge.Newest([]).ShouldBeNull();
    }

    internal static LabelledListing Listing(string id, params (string Name, string Pixels)[] photos)
    {
        var vehicle = new Vehicle(1, "Make", "Model", "", 2024, "suv", 1, true, [], DateTimeOffset.UnixEpoch);
        var verdicts = photos.Select(p => new GateVerdict(p.Name, Digests.OfText(id + p.Pixels), 10, 512, 512, p.Pixels, 1.0, true, null, null, "accepted"));
        return new LabelledListing(
            new ListingGateReport(1, id, $"key-{id}", "make-model", vehicle, [.. verdicts], []),
            photos.ToDictionary(p => p.Name, p => $"caption of {p.Name}"));
    }

    private static LabelledListing WithLooks(LabelledListing listing, params RgbImage[] pictures) =>
        listing with { Report = listing.Report with { Photos = [.. listing.Report.Photos.Zip(pictures, (photo, picture) => photo with { Look = PictureLook.Of(picture).Text() })] } };

    // Blocks of many colours, others with every seed.
    private static RgbImage Picture(int seed)
    {
        var (picture, colours) = (new RgbImage(600, 400), new byte[8 * 6 * 3]);
        new Random(seed).NextBytes(colours);
        for (var i = 0; i < picture.Pixels.Length; i++)
        {
            var (x, y) = (i / 3 % 600 / 75, i / 3 / 600 * 6 / 400);
            picture.Pixels[i] = colours[(((y * 8) + x) * 3) + (i % 3)];
        }

        return picture;
    }
}
