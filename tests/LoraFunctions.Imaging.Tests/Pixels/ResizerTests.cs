using LoraFunctions.Imaging.Pixels;
using Shouldly;
using Xunit;

namespace LoraFunctions.Imaging.Tests.Pixels;

public sealed class ResizerTests
{
    [Theory]
    [InlineData(ResizeFilter.Area)]
    [InlineData(ResizeFilter.Bicubic)]
    public void Resize_OneColour_StaysThatColour(ResizeFilter filter)
    {
        var image = Pictures.Solid(37, 23, 10, 128, 250);

        foreach (var (width, height) in new[] { (7, 5), (64, 64), (37, 100), (1, 1) })
        {
            var resized = Resizer.Resize(image, width, height, filter);
            (resized.Width, resized.Height).ShouldBe((width, height));
            resized.Pixels.ShouldBe(Pictures.Solid(width, height, 10, 128, 250).Pixels);
        }
    }

    [Fact]
    public void Resize_AreaByAWholeFactor_IsTheMean()
    {
        var image = new RgbImage(4, 2, [.. Enumerable.Range(0, 24).Select(i => (byte)(i * 10))]);

        var halved = Resizer.Resize(image, 2, 1, ResizeFilter.Area);

        // red of the first new pixel: (0 + 30 + 120 + 150) / 4
        halved.At(0, 0).ShouldBe(((byte)75, (byte)85, (byte)95));
        halved.At(1, 0).ShouldBe(((byte)135, (byte)145, (byte)155));
    }

    // A one-pixel chessboard has no size at which it could show: everything else is aliasing.
    [Theory]
    [InlineData(ResizeFilter.Area)]
    [InlineData(ResizeFilter.Bicubic)]
    public void Resize_Smaller_DoesNotAlias(ResizeFilter filter)
    {
        var board = new RgbImage(240, 240);
        for (var i = 0; i < 240 * 240; i++)
        {
            var value = (byte)((((i % 240) + (i / 240)) % 2) * 255);
            Pictures.Set(board, i % 240, i / 240, value, value, value);
        }

        Resizer.Resize(board, 70, 70, filter).Pixels.ShouldAllBe(value => value > 108 && value < 148);
    }

    [Fact]
    public void Resize_BicubicLarger_KeepsASmoothRampSmooth()
    {
        var ramp = new RgbImage(16, 4);
        for (var i = 0; i < 64; i++)
        {
            Pictures.Set(ramp, i % 16, i / 16, (byte)(i % 16 * 16), 0, 0);
        }

        var larger = Resizer.Resize(ramp, 64, 16);

        for (var x = 12; x < 52; x++)
        {
            ((double)larger.At(x, 8).R).ShouldBe(((x + 0.5) / 4 * 16) - 8, 1.0);
        }
    }

    [Fact]
    public void Resize_ThereAndBack_StaysClose()
    {
        var image = Pictures.Scene(320, 240);

        Pictures.Difference(Resizer.Resize(Resizer.Resize(image, 640, 480), 320, 240), image).ShouldBeLessThan(3);
    }

    [Fact]
    public void Cover_OtherProportions_CutsTheMiddleOut()
    {
        var image = Pictures.Solid(300, 100, 0, 0, 255);
        Pictures.Fill(image, 100, 0, 100, 100, 255, 0, 0);

        var square = Resizer.Cover(image, 50, 50);

        square.At(5, 25).IsNear(255, 0, 0, 2).ShouldBeTrue();
        square.At(44, 25).IsNear(255, 0, 0, 2).ShouldBeTrue();
    }

    [Fact]
    public void Fit_KeepsProportionsAndNeverEnlarges()
    {
        var fitted = Resizer.Fit(Pictures.Scene(400, 200), 100, 100);
        var small = Resizer.Fit(Pictures.Scene(40, 20), 100, 100);

        (fitted.Width, fitted.Height).ShouldBe((100, 50));
        (small.Width, small.Height).ShouldBe((40, 20));
    }

    [Fact]
    public void Crop_OutsideThePicture_SaysWhereItIs() =>
        Should.Throw<ArgumentOutOfRangeException>(() => Resizer.Crop(Pictures.Scene(20, 10), 15, 0, 6, 5)).Message.ShouldContain("6x5 at (15, 0)");
}
