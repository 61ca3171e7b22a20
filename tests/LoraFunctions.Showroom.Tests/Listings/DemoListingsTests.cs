using System.Text.Json;
using LoraFunctions.Imaging.Gate;
using LoraFunctions.Showroom.Cars;
using LoraFunctions.Showroom.Listings;
using Shouldly;
using Xunit;

namespace LoraFunctions.Showroom.Tests.Listings;

public sealed class DemoListingsTests
{
    private static readonly DemoListingsOptions Small = new()
    {
        ListedAt = new DateTimeOffset(2026, 3, 1, 9, 0, 0, TimeSpan.FromHours(8)),
        GoodPhotosPerModel = 8,
    };

    [Fact]
    public void Plan_Defaults_GivesEachModelSixtyGoodPhotosOfEveryViewAndEveryDefectOfFiles()
    {
        var listings = DemoListings.Plan(new DemoListingsOptions { ListedAt = Small.ListedAt });

        listings.Select(listing => listing.Id).ShouldBe(["demo-aurora-1", "demo-aurora-2", "demo-aurora-3", "demo-borealis-1", "demo-borealis-2"]);
        foreach (var model in listings.GroupBy(listing => listing.Vehicle.Make))
        {
            var photos = model.SelectMany(listing => listing.Photos).ToArray();
            var good = photos.Where(photo => photo.Defect == DemoDefect.None).ToArray();
            good.Length.ShouldBe(60);
            photos.Select(photo => photo.Defect).Distinct().ShouldBe(
                Enum.GetValues<DemoDefect>().Where(defect => defect < DemoDefect.NearDuplicate), ignoreOrder: true);
            good.GroupBy(photo => photo.Shot.View).ShouldAllBe(view => view.Count() >= 7);
            good.Select(photo => photo.Shot.View).Distinct().Count().ShouldBe(6);
            good.Select(photo => photo.Scene).ShouldBeUnique();
        }
    }

    // The gate finds exactly what was broken on purpose, and nothing else.
    [Fact]
    public void Files_ThroughTheGate_AreRejectedForTheKnownReasons()
    {
        foreach (var listing in DemoListings.Plan(Small))
        {
            var gate = new PhotoGate(listing.Id);
            var files = DemoListings.Files(listing, Small).ToDictionary(file => file.Path.Split('/')[1], file => file.Content);
            foreach (var photo in listing.Photos)
            {
                var verdict = gate.Judge(photo.Name, files[photo.Name]);

                verdict.Reason.ShouldBe(Expected(photo.Defect), $"{listing.Id}: {verdict.Sentence}");
                verdict.DuplicateOf.ShouldBe(photo.Original);
            }
        }
    }

    [Fact]
    public void Files_Twice_AreTheSameBytes()
    {
        var listing = DemoListings.Plan(Small)[3];

        var first = DemoListings.Files(listing, Small).ToArray();
        var second = DemoListings.Files(DemoListings.Plan(Small)[3], Small).ToArray();

        second.Select(file => file.Path).ShouldBe(first.Select(file => file.Path));
        second.Zip(first).ShouldAllBe(pair => pair.First.Content.SequenceEqual(pair.Second.Content));
    }

    [Fact]
    public void WriteTo_Folder_HoldsPhotosAndAVehicleInTheMarketplacesShape()
    {
        var folder = Directory.CreateTempSubdirectory("lora-demo-").FullName;
        try
        {
            var listings = DemoListings.WriteTo(folder, Small with { GoodPhotosPerModel = 3, Width = 96, Height = 72 });

            foreach (var listing in listings)
            {
                Directory.GetFiles(Path.Combine(folder, listing.Id)).Select(Path.GetFileName).Order(StringComparer.Ordinal)
                    .ShouldBe(listing.Photos.Select(photo => photo.Name).Append("vehicle.json").Order(StringComparer.Ordinal));
                using var vehicle = JsonDocument.Parse(File.ReadAllText(Path.Combine(folder, listing.Id, "vehicle.json")));
                vehicle.RootElement.EnumerateObject().Select(property => property.Name).ShouldBe(
                    ["schemaVersion", "make", "model", "generation", "year", "segment", "price", "released", "features", "listedAt"]);
                vehicle.RootElement.GetProperty("listedAt").GetDateTimeOffset().ShouldBe(Small.ListedAt);
                vehicle.RootElement.GetProperty("released").GetBoolean().ShouldBeTrue();
            }

            listings[0].Vehicle.Features.ShouldBe(CarModel.All[0].Design.Features);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public void Plan_FewerPhotosThanListings_IsRefused() =>
        Should.Throw<ArgumentOutOfRangeException>(() => DemoListings.Plan(Small with { GoodPhotosPerModel = 2 })).Message.ShouldContain("3");

    private static GateReason? Expected(DemoDefect defect) => defect switch
    {
        DemoDefect.None => null,
        DemoDefect.TooSmall => GateReason.TooSmall,
        DemoDefect.Blurred => GateReason.Blurred,
        DemoDefect.SameFile or DemoDefect.SamePixels => GateReason.ExactDuplicate,
        _ => GateReason.Unreadable,
    };
}
