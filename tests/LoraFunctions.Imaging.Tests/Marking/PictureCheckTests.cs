using LoraFunctions.Imaging.Codecs;
using LoraFunctions.Imaging.Marking;
using LoraFunctions.Imaging.Metadata;
using LoraFunctions.Imaging.Pixels;
using Shouldly;
using Xunit;

namespace LoraFunctions.Imaging.Tests.Marking;

public sealed class PictureCheckTests
{
    private const string Parameters = "a car\nSteps: 20, Seed: 7";

    private static readonly AiLabel Label = new(AiLabel.Ours, "render-42");

    private static readonly RgbImage Scene = Pictures.Scene(512, 384);

    [Theory]
    [InlineData(MarkCorner.BottomRight)]
    [InlineData(MarkCorner.TopLeft)]
    public void Of_OurPicture_IsOursMarkedAndWhole(MarkCorner corner)
    {
        var check = PictureCheck.Of(MarkedPicture.Encode(Scene, Parameters, Label, corner: corner));

        check.ShouldBe(new PictureCheck(Label.Sealed(AiMark.Apply(Scene, corner), Parameters), corner, true, true, Parameters));
        check.IsOursAndWhole.ShouldBeTrue();
    }

    [Fact]
    public void Of_OnePixelChanged_SaysSo()
    {
        var file = MarkedPicture.Encode(Scene, Parameters, Label);
        var (parameters, label) = PictureFile.ReadMetadata(file);
        var changed = ImageCodec.Decode(file);
        changed.Pixels[1000]++;

        var check = PictureCheck.Of(ImageCodec.EncodePng(changed, parameters, XmpPacket.Build(label!)));

        (check.PixelsAsMade, check.ParametersAsMade, check.Mark).ShouldBe((false, true, MarkCorner.BottomRight));
        check.IsOursAndWhole.ShouldBeFalse();
        check.ToString().ShouldContain("pixels changed since");
    }

    [Fact]
    public void Of_ParametersRewritten_SaysSo()
    {
        var file = MarkedPicture.Encode(Scene, Parameters, Label);
        var label = PictureFile.ReadMetadata(file).Label!;

        var check = PictureCheck.Of(ImageCodec.EncodePng(ImageCodec.Decode(file), "another car", XmpPacket.Build(label)));

        (check.PixelsAsMade, check.ParametersAsMade).ShouldBe((true, false));
    }

    [Fact]
    public void Of_MarkCroppedAway_MissesIt()
    {
        var file = MarkedPicture.Encode(Scene, Parameters, Label);
        var cropped = Resizer.Crop(ImageCodec.Decode(file), 0, 0, Scene.Width, Scene.Height - 60);

        PictureCheck.Of(ImageCodec.EncodePng(cropped, Parameters, XmpPacket.Build(Label))).Mark.ShouldBeNull();
    }

    [Fact]
    public void Of_SavedAgainAsJpeg_StillShowsTheMark()
    {
        var jpeg = ImageCodec.EncodeJpeg(ImageCodec.Decode(MarkedPicture.Encode(Scene, Parameters, Label)), 70);

        var check = PictureCheck.Of(jpeg);

        check.ShouldBe(new PictureCheck(null, MarkCorner.BottomRight, null, null, null));
        check.ToString().ShouldBe("carries no AI label, but the visible mark (bottom right)");
    }

    [Fact]
    public void Of_PlainWhiteOrSmallPicture_IsMarkedOnlyWhereItWas()
    {
        PictureCheck.Of(ImageCodec.EncodePng(Scene)).Mark.ShouldBeNull();
        var white = new RgbImage(256, 256);
        Array.Fill(white.Pixels, byte.MaxValue);
        PictureCheck.Of(ImageCodec.EncodePng(white)).Mark.ShouldBeNull();
        foreach (var picture in (RgbImage[])[white, new RgbImage(128, 128), Pictures.Scene(64, 64), Pictures.Scene(384, 144)])
        {
            PictureCheck.Of(MarkedPicture.Encode(picture, Parameters, Label)).Mark.ShouldBe(MarkCorner.BottomRight);
        }
    }
}
