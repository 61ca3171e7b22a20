using LoraFunctions.Imaging.Codecs;
using LoraFunctions.Imaging.Pixels;
using Shouldly;
using Xunit;

namespace LoraFunctions.Imaging.Tests.Pixels;

public sealed class PixelDigestTests
{
    [Fact]
    public void Of_LosslessCopyInAnotherFile_IsTheSame()
    {
        var photo = ImageCodec.Decode(Pictures.Asset("baseline.jpg"));
        var copy = ImageCodec.Decode(ImageCodec.EncodePng(photo));

        PixelDigest.Of(copy).ShouldBe(PixelDigest.Of(photo));
    }

    [Fact]
    public void Of_OnePixelOrOnlyTheProportionsChanged_Differs()
    {
        var image = Pictures.Solid(8, 4, 1, 2, 3);
        var other = Pictures.Solid(8, 4, 1, 2, 3);
        other.Pixels[50]++;

        PixelDigest.Of(other).ShouldNotBe(PixelDigest.Of(image));
        PixelDigest.Of(Pictures.Solid(4, 8, 1, 2, 3)).ShouldNotBe(PixelDigest.Of(image));
    }

    // The name of a picture is kept in reports and job digests: it must not change with a release.
    [Fact]
    public void Of_KnownPicture_KeepsItsName() =>
        PixelDigest.Of(new RgbImage(1, 1, [255, 0, 128])).ShouldBe(
            Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData([1, 0, 0, 0, 1, 0, 0, 0, 255, 0, 128])));
}
