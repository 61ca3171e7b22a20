using LoraFunctions.Imaging.Marking;
using Shouldly;
using Xunit;

namespace LoraFunctions.Imaging.Tests.Marking;

public sealed class AiMarkTests
{
    [Theory]
    [InlineData(512, 512)]
    [InlineData(768, 512)]
    [InlineData(1024, 1536)]
    [InlineData(64, 64)]
    [InlineData(300, 1200)]
    public void Apply_EveryCharacter_IsAtLeastFivePerCentOfTheShorterSide(int width, int height)
    {
        var em = AiMark.Em(width, height);

        foreach (var character in AiMark.Text)
        {
            var glyph = TextMask.Render($"{character}", em).CropToInk();
            var solidRows = Enumerable.Range(0, glyph.Height)
                .Count(y => glyph.Coverage[(y * glyph.Width)..((y + 1) * glyph.Width)].Max() >= 128);
            ((double)solidRows / Math.Min(width, height)).ShouldBeGreaterThanOrEqualTo(0.05, $"'{character}' at {width}x{height}");
        }
    }

    [Theory]
    [InlineData(MarkCorner.BottomRight, true, true)]
    [InlineData(MarkCorner.BottomLeft, false, true)]
    [InlineData(MarkCorner.TopRight, true, false)]
    [InlineData(MarkCorner.TopLeft, false, false)]
    public void Apply_Corner_HoldsAllOfTheMark(MarkCorner corner, bool right, bool bottom)
    {
        var image = Pictures.Solid(768, 512, 120, 120, 120);

        var marked = AiMark.Apply(image, corner);

        var changed = Changed(image, marked);
        changed.Count.ShouldBeGreaterThan(500);
        changed.ShouldAllBe(at => (at.X >= 512) == right && (at.Y >= 400) == bottom);
        changed.ShouldAllBe(at => at.X > 4 && at.X < 763 && at.Y > 4 && at.Y < 507, "the mark keeps away from the edge");
        image.Pixels.ShouldAllBe(value => value == 120, "the picture given in is not touched");
    }

    // WCAG's contrast ratio of the letters against the outline around them, whatever lies below.
    [Theory]
    [InlineData(0, 0, 0)]
    [InlineData(255, 255, 255)]
    [InlineData(128, 128, 128)]
    [InlineData(255, 255, 0)]
    [InlineData(200, 20, 20)]
    public void Apply_AnyBackground_KeepsContrast(byte r, byte g, byte b)
    {
        var image = Pictures.Solid(512, 512, r, g, b);

        var marked = AiMark.Apply(image);

        var luminances = Changed(image, marked).Select(at => Luminance(marked.At(at.X, at.Y))).Append(Luminance((r, g, b))).ToArray();
        ((luminances.Max() + 0.05) / (luminances.Min() + 0.05)).ShouldBeGreaterThan(7);
        Changed(Pictures.Solid(512, 512, 128, 128, 128), AiMark.Apply(Pictures.Solid(512, 512, 128, 128, 128)))
            .Count(at => Luminance(marked.At(at.X, at.Y)) > 0.9).ShouldBeGreaterThan(300, "the letters are white");
    }

    [Fact]
    public void Apply_NoiseBelow_LeavesTheLettersReadable()
    {
        var noise = new RgbImage(512, 512);
        new Random(5).NextBytes(noise.Pixels);
        var plain = Pictures.Solid(512, 512, 128, 128, 128);
        var reference = AiMark.Apply(plain);

        var marked = AiMark.Apply(noise);

        var inside = Changed(plain, reference);
        var letters = inside.Where(at => Luminance(reference.At(at.X, at.Y)) > 0.95).ToArray();
        var around = inside.Where(at => Luminance(reference.At(at.X, at.Y)) < 0.02).ToArray();
        letters.Min(at => Luminance(marked.At(at.X, at.Y))).ShouldBeGreaterThan(0.9);
        around.Max(at => Luminance(marked.At(at.X, at.Y))).ShouldBeLessThan(0.1);
    }

    [Theory]
    [InlineData(16, 16)]
    [InlineData(8, 8)]
    [InlineData(2000, 3)]
    public void Apply_VerySmallPicture_IsStillMarkedWithoutFailing(int width, int height) =>
        AiMark.Apply(Pictures.Solid(width, height, 90, 90, 90)).Pixels.ShouldNotBe(Pictures.Solid(width, height, 90, 90, 90).Pixels);

    private static List<(int X, int Y)> Changed(RgbImage before, RgbImage after) =>
    [
        .. from y in Enumerable.Range(0, before.Height)
           from x in Enumerable.Range(0, before.Width)
           where before.At(x, y) != after.At(x, y)
           select (x, y),
    ];

    private static double Luminance((byte R, byte G, byte B) colour) =>
        (0.2126 * Linear(colour.R)) + (0.7152 * Linear(colour.G)) + (0.0722 * Linear(colour.B));

    private static double Linear(byte value)
    {
        var v = value / 255.0;
        return v <= 0.04045 ? v / 12.92 : Math.Pow((v + 0.055) / 1.055, 2.4);
    }
}
