using LoraFunctions.Imaging.Codecs;
using Shouldly;
using Xunit;

namespace LoraFunctions.Imaging.Tests.Codecs;

/// <summary>The contract of the codec, whichever image library is built in.</summary>
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
    [InlineData("baseline.jpg", EncodedFormat.Jpeg, 6)]
    [InlineData("progressive.jpg", EncodedFormat.Jpeg, 6)]
    [InlineData("cmyk.jpg", EncodedFormat.Jpeg, 40)]
    [InlineData("palette.png", EncodedFormat.Png, 2)]
    [InlineData("interlaced.png", EncodedFormat.Png, 0)]
    [InlineData("deep.png", EncodedFormat.Png, 1)]
    [InlineData("lossless.webp", EncodedFormat.WebP, 0)]
    [InlineData("lossy.webp", EncodedFormat.WebP, 12)]
    public void Decode_FilesOfOtherPrograms_ShowTheirPicture(string name, EncodedFormat format, int tolerance)
    {
        var file = Pictures.Asset(name);

        ImageCodec.ReadHeader(file).ShouldBe(new ImageHeader(format, 48, 32));
        var image = ImageCodec.Decode(file);

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
    public void Decode_ExifOrientation_TurnsThePictureUpright(ushort orientation, int x, int y)
    {
        var file = Pictures.WithOrientation(Pictures.Asset("baseline.jpg"), orientation);

        var header = ImageCodec.ReadHeader(file);
        var image = ImageCodec.Decode(file);

        (header.Width, header.Height).ShouldBe(orientation >= 5 ? (32, 48) : (48, 32));
        (image.Width, image.Height).ShouldBe((header.Width, header.Height));
        image.At(x, y).IsNear(30, 200, 30, 6).ShouldBeTrue(image.At(x, y).ToString());
    }

    [Fact]
    public void Decode_MinShorterSide_GivesASmallerPictureOfTheSameThing()
    {
        var image = Pictures.Scene(1600, 1200);
        var file = ImageCodec.EncodeJpeg(image, 95);

        var small = ImageCodec.Decode(file, new DecodeOptions { MinShorterSide = 300 });

        small.Height.ShouldBeInRange(300, 600);
        ((double)small.Width / small.Height).ShouldBe(4.0 / 3, 0.01);
        var scale = small.Width / 1600.0;
        foreach (var (x, y) in new[] { (40, 900), (800, 60), (1200, 1100) })
        {
            var (r, g, b) = image.At(x, y);
            small.At((int)(x * scale), (int)(y * scale)).IsNear(r, g, b, 8).ShouldBeTrue();
        }
    }

    [Theory]
    [InlineData("baseline.jpg")]
    [InlineData("lossless.webp")]
    [InlineData("palette.png")]
    public void Decode_MinShorterSideAboveTheFile_GivesItsFullSize(string name)
    {
        var image = ImageCodec.Decode(Pictures.Asset(name), new DecodeOptions { MinShorterSide = 300 });

        (image.Width, image.Height).ShouldBe((48, 32));
    }
}
