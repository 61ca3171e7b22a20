using LoraFunctions.Imaging.Marking;
using Shouldly;
using Xunit;

namespace LoraFunctions.Imaging.Tests.Marking;

public sealed class TextMaskTests
{
    [Theory]
    [InlineData(12)]
    [InlineData(37)]
    [InlineData(200)]
    public void Render_Line_IsHighEnoughForEveryGlyph(int em)
    {
        var mask = TextMask.Render("Äjgy|合成 (gate)", em);

        mask.Height.ShouldBeInRange((int)(1.2 * em), (int)(1.25 * em) + 2);
        Row(mask, 0).ShouldAllBe(value => value == 0, "ink was cut off at the top");
        Row(mask, mask.Height - 1).ShouldAllBe(value => value == 0, "ink was cut off at the bottom");
    }

    [Fact]
    public void Render_Capital_IsAsHighAsTheDocsSay()
    {
        var mask = TextMask.Render("I", 100).CropToInk();

        mask.Height.ShouldBeInRange(71, 73);
        mask.Width.ShouldBeLessThan(30);
    }

    // The area of a glyph does not depend on the grid it is drawn on: exact coverage, not a count of pixels.
    [Fact]
    public void Render_Area_GrowsWithTheSquareOfTheSize()
    {
        var small = Area(TextMask.Render("合成AI", 20));
        var large = Area(TextMask.Render("合成AI", 160));

        (large / small).ShouldBe(64, 0.7);
    }

    [Fact]
    public void Render_SimpleShape_CoversWhatItsOutlineSays()
    {
        // A solid box: only its two side columns may be covered in part.
        var bar = TextMask.Render("|", 128).CropToInk();

        Area(bar).ShouldBe((double)bar.Width * bar.Height, 2.0 * bar.Height);
        bar.Coverage[(bar.Height / 2 * bar.Width) + (bar.Width / 2)].ShouldBe((byte)255);
    }

    [Fact]
    public void Render_Counter_StaysOpen()
    {
        var ring = TextMask.Render("O", 200).CropToInk();

        ring.Coverage[(ring.Height / 2 * ring.Width) + (ring.Width / 2)].ShouldBe((byte)0);
        ring.Coverage[(ring.Height / 2 * ring.Width) + 4].ShouldBe((byte)255);
    }

    [Fact]
    public void Render_DifferentCharacters_DifferFromEachOtherAndFromTheEmptyBox()
    {
        var masks = "AI合成对比与左右0123".Append('\u4e02').Select(character => Convert.ToHexString(TextMask.Render($"{character}", 40).CropToInk().Coverage));

        masks.ShouldBeUnique();
    }

    [Fact]
    public void Font_HasAsciiTheMarkAndCaptionWords()
    {
        var wanted = string.Concat(Enumerable.Range(33, 94).Select(code => (char)code)) + AiMark.Text + "对比与左右×—比亚迪";

        wanted.Where(character => !CaptionFont.Has(character)).ShouldBeEmpty();
        CaptionFont.Has('\u4e02').ShouldBeFalse();
    }

    [Fact]
    public void Render_LineBreak_IsRefused() => Should.Throw<ArgumentException>(() => TextMask.Render("a\nb", 20)).Message.ShouldContain("one line");

    [Fact]
    public void DrawOn_PartlyOutside_DrawsTheRest()
    {
        var image = new RgbImage(20, 20);

        TextMask.Render("W", 40).CropToInk().DrawOn(image, -10, -10, (255, 255, 255));

        image.Pixels.Max().ShouldBe((byte)255);
    }

    private static double Area(TextMask mask) => mask.Coverage.Sum(value => value / 255.0);

    private static byte[] Row(TextMask mask, int y) => mask.Coverage[(y * mask.Width)..((y + 1) * mask.Width)];
}
