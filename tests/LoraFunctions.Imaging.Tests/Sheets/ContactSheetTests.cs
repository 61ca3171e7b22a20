using LoraFunctions.Imaging.Sheets;
using Shouldly;
using Xunit;

namespace LoraFunctions.Imaging.Tests.Sheets;

public sealed class ContactSheetTests
{
    private static readonly ContactSheetOptions Options = new() { Columns = 3, TileWidth = 100, TileHeight = 80, CaptionEm = 12, Gap = 4 };

    [Fact]
    public void Render_FivePicturesInThreeColumns_StandInTheirPlaces()
    {
        var tiles = Enumerable.Range(0, 5).Select(i => new ContactSheetTile(Pictures.Solid(200, 160, (byte)(i * 40), 0, 200), $"picture {i}")).ToArray();

        var sheet = ContactSheet.Render(tiles, Options);

        var caption = (sheet.Height - (3 * 4) - (2 * 80)) / 2;
        caption.ShouldBeInRange(14, 18);
        sheet.Width.ShouldBe((3 * 104) + 4);
        for (var i = 0; i < 5; i++)
        {
            sheet.At(4 + (i % 3 * 104) + 50, 4 + (i / 3 * (84 + caption)) + 40).ShouldBe(((byte)(i * 40), (byte)0, (byte)200));
        }

        sheet.At(4 + (2 * 104) + 50, 4 + 84 + caption + 40).ShouldBe(((byte)250, (byte)250, (byte)250), "the sixth place is empty");
    }

    [Fact]
    public void Render_Captions_AreWrittenBelowTheirPictures()
    {
        var picture = Pictures.Solid(100, 80, 0, 0, 200);

        var with = ContactSheet.Render([new ContactSheetTile(picture, "对比 A")], Options);
        var without = ContactSheet.Render([new ContactSheetTile(picture, "")], Options);

        var changed = Enumerable.Range(0, with.Width * with.Height).Where(i => with.Pixels[i * 3] != without.Pixels[i * 3]).ToArray();
        changed.Length.ShouldBeGreaterThan(50);
        changed.Min(i => i / with.Width).ShouldBeGreaterThanOrEqualTo(84);
    }

    [Fact]
    public void Render_LongCaption_EndsWithinItsTile()
    {
        var picture = Pictures.Solid(100, 80, 250, 250, 250);
        var sheet = ContactSheet.Render([new(picture, new string('W', 60)), new(picture, "")], Options);

        var lastInk = Enumerable.Range(0, sheet.Width * sheet.Height).Where(i => sheet.Pixels[i * 3] < 128).Max(i => i % sheet.Width);
        lastInk.ShouldBeInRange(80, 104);
    }

    [Fact]
    public void Render_SmallAndOddPictures_AreCentredNotEnlarged()
    {
        var sheet = ContactSheet.Render([new(Pictures.Solid(20, 10, 0, 0, 0), "")], Options);

        Enumerable.Range(0, sheet.Width * sheet.Height).Count(i => sheet.Pixels[i * 3] == 0).ShouldBe(200);
        sheet.At(4 + 50, 4 + 40).ShouldBe(((byte)0, (byte)0, (byte)0));
    }

    [Fact]
    public void Render_NothingToShow_IsRefused() => Should.Throw<ArgumentException>(() => ContactSheet.Render([]));
}
