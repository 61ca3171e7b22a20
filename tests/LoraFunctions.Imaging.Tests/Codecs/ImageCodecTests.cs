using LoraFunctions.Imaging.Codecs;
using Shouldly;
using Xunit;

namespace LoraFunctions.Imaging.Tests.Codecs;

/// <summary>What goes in comes out, and files of other programs show their picture.</summary>
public sealed class ImageCodecTests
{
    [Fact]
    public void Png_RoundTrip_KeepsEveryPixel()
    {
        var image = Pictures.Scene(123, 77);

        var decoded = ImageCodec.Decode(ImageCodec.EncodePng(image));

        (decoded.Width, decoded.Height).ShouldBe((123, 77));
        decoded.Pixels.ShouldBe(image.Pixels);
    }

    [Fact]
    public void Encoding_Twice_GivesTheSameBytes()
    {
        var image = Pictures.Scene(200, 150);

        ImageCodec.EncodePng(image).ShouldBe(ImageCodec.EncodePng(image));
        ImageCodec.EncodeJpeg(image, 80).ShouldBe(ImageCodec.EncodeJpeg(image, 80));
    }

    [Theory]
    [InlineData(95, 3)]
    [InlineData(80, 8)]
    public void Jpeg_RoundTrip_StaysClose(int quality, double limit)
    {
        var image = Pictures.Scene(320, 240);

        Pictures.Difference(ImageCodec.Decode(ImageCodec.EncodeJpeg(image, quality)), image).ShouldBeLessThan(limit);
    }

    [Fact]
    public void Jpeg_LowerQuality_IsSmaller()
    {
        var image = Pictures.Scene(320, 240);

        ImageCodec.EncodeJpeg(image, 50).Length.ShouldBeLessThan(ImageCodec.EncodeJpeg(image, 95).Length);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(101)]
    public void Jpeg_QualityOutOfRange_IsRefused(int quality) =>
        Should.Throw<ArgumentOutOfRangeException>(() => ImageCodec.EncodeJpeg(Pictures.Scene(8, 8), quality));

    [Theory]
    [InlineData("baseline.jpg", 6)]
    [InlineData("progressive.jpg", 6)]
    [InlineData("cmyk.jpg", 40)]
    [InlineData("palette.png", 2)]
    [InlineData("interlaced.png", 0)]
    [InlineData("deep.png", 1)]
    [InlineData("lossless.webp", 0)]
    [InlineData("lossy.webp", 12)]
    [InlineData("made.bmp", 0)]
    [InlineData("palette.bmp", 0)]
    [InlineData("made.gif", 0)]
    [InlineData("frames.gif", 0)]
    [InlineData("plain.tif", 0)]
    [InlineData("deflate.tif", 0)]
    [InlineData("lzw.tif", 0)]
    [InlineData("packbits.tif", 0)]
    [InlineData("frames.tif", 0)]
    public void Decode_FilesOfOtherPrograms_ShowTheirPicture(string name, int tolerance)
    {
        var image = ImageCodec.Decode(Pictures.Asset(name));

        (image.Width, image.Height).ShouldBe((48, 32));
        image.At(3, 3).IsNear(30, 200, 30, tolerance).ShouldBeTrue(image.At(3, 3).ToString());
        image.At(12, 20).IsNear(200, 30, 30, tolerance).ShouldBeTrue(image.At(12, 20).ToString());
        image.At(40, 20).IsNear(30, 30, 200, tolerance).ShouldBeTrue(image.At(40, 20).ToString());
    }

    [Theory]
    [InlineData("grey.jpg")]
    [InlineData("grey.png")]
    public void Decode_GreyFiles_GiveEqualChannels(string name)
    {
        var (r, g, b) = ImageCodec.Decode(Pictures.Asset(name)).At(12, 20);

        r.ShouldBeInRange((byte)76, (byte)84);
        (g, b).ShouldBe((r, r));
    }

    [Theory]
    [InlineData("alpha.png")]
    [InlineData("alpha.webp")]
    public void Decode_Transparency_IsLaidOnWhite(string name)
    {
        var image = ImageCodec.Decode(Pictures.Asset(name));

        image.At(12, 4).ShouldBe(((byte)200, (byte)30, (byte)30));
        image.At(12, 12).IsNear(227, 142, 142, 1).ShouldBeTrue(image.At(12, 12).ToString());
        image.At(12, 24).ShouldBe(((byte)255, (byte)255, (byte)255));
    }

    // The asset's green corner is at the top left as stored; EXIF says where that corner belongs.
    [Theory]
    [InlineData(1, 3, 3)]
    [InlineData(2, 44, 3)]
    [InlineData(3, 44, 28)]
    [InlineData(4, 3, 28)]
    [InlineData(5, 3, 3)]
    [InlineData(6, 28, 3)]
    [InlineData(7, 28, 44)]
    [InlineData(8, 3, 44)]
    public void Decode_ExifOrientation_TurnsThePictureUpright(byte orientation, int x, int y)
    {
        foreach (var name in new[] { "baseline.jpg", "interlaced.png", "plain.tif" })
        {
            var image = ImageCodec.Decode(Pictures.WithOrientation(Pictures.Asset(name), orientation));

            (image.Width, image.Height).ShouldBe(orientation >= 5 ? (32, 48) : (48, 32), name);
            image.At(x, y).IsNear(30, 200, 30, 6).ShouldBeTrue($"{name}: {image.At(x, y)}");
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(9)]
    public void Decode_OrientationThatIsNone_LeavesThePictureAsItIs(byte orientation) =>
        ImageCodec.Decode(Pictures.WithOrientation(Pictures.Asset("baseline.jpg"), orientation)).Width.ShouldBe(48);
}
