using System.Text;
using System.Text.Json;
using LoraFunctions.Imaging.Codecs;
using LoraFunctions.Imaging.Marking;
using LoraFunctions.Imaging.Metadata;
using Shouldly;
using Xunit;

namespace LoraFunctions.Imaging.Tests.Metadata;

public sealed class PictureFileTests
{
    private const string Parameters =
        "(sedan:1.3), Aurora Sedan <lora:aurora:0.8>\nNegative prompt: low quality, blurry\nSteps: 20, Sampler: Euler, Seed: 7, Lora hashes: \"aurora: 0123456789ab\"";

    private static readonly AiLabel Label = new("LoraFunctions", "20260131-aurora-vs-borealis-city-7") { ReservedCode1 = "<&>\"'签名" };

    public static TheoryData<string, bool> Texts() => new()
    {
        { Parameters, true },
        { Parameters, false },
        { "城市街景, 比亚迪 汉 — 😀\nSteps: 1", true },
        { "城市街景, 比亚迪 汉 — 😀\nSteps: 1", false },
        { "café ÿ", true },
        { "", true },
        { "", false },
        { "tab\there\rreturn", true },
    };

    [Theory]
    [MemberData(nameof(Texts))]
    public void WriteMetadata_RoundTrip_KeepsTextLabelAndPixels(string text, bool png)
    {
        var picture = Encode(png);
        var metadata = new PictureMetadata(text, Label);

        var file = PictureFile.WriteMetadata(picture, metadata);

        PictureFile.ReadMetadata(file).ShouldBe(metadata);
        ImageCodec.Decode(file).Pixels.ShouldBe(ImageCodec.Decode(picture).Pixels);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void WriteMetadata_Twice_ReplacesAndDoesNotGrow(bool png)
    {
        var once = PictureFile.WriteMetadata(Encode(png), new PictureMetadata(Parameters, Label));

        var other = PictureFile.WriteMetadata(once, new PictureMetadata("other", Label with { ProduceId = "2" }));
        var back = PictureFile.WriteMetadata(other, new PictureMetadata(Parameters, Label));

        PictureFile.ReadMetadata(other).Parameters.ShouldBe("other");
        back.ShouldBe(once);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void ReadMetadata_PlainPicture_HasNone(bool png) =>
        PictureFile.ReadMetadata(Encode(png)).ShouldBe(new PictureMetadata(null, null));

    [Fact]
    public void WriteMetadata_Png_PutsLatin1IntoTextAndTheRestIntoInternationalText()
    {
        Encoding.Latin1.GetString(PictureFile.WriteMetadata(Encode(png: true), new PictureMetadata("café", null))).ShouldContain("tEXtparameters\0café");
        Encoding.UTF8.GetString(PictureFile.WriteMetadata(Encode(png: true), new PictureMetadata("城市", null))).ShouldContain("iTXtparameters\0\0\0\0\0城市");
    }

    [Fact]
    public void Label_Json_HasTheStandardsKeysInOrder()
    {
        using var json = JsonDocument.Parse(Label.ToJson());

        json.RootElement.EnumerateObject().Select(property => property.Name)
            .ShouldBe(["Label", "ContentProducer", "ProduceID", "ReservedCode1", "ContentPropagator", "PropagateID", "ReservedCode2"]);
        json.RootElement.GetProperty("Label").GetString().ShouldBe("1");
        AiLabel.FromJson(Label.ToJson()).ShouldBe(Label);
    }

    [Fact]
    public void Verify_OtherLabel_NamesBoth()
    {
        var file = PictureFile.WriteMetadata(Encode(png: true), new PictureMetadata(Parameters, Label));

        var error = Should.Throw<MetadataException>(() => AiLabel.Verify(file, new PictureMetadata(Parameters, Label with { ProduceId = "another" })));

        error.Message.ShouldContain("another");
        error.Message.ShouldContain(Label.ProduceId);
        Should.Throw<MetadataException>(() => AiLabel.Verify(file, new PictureMetadata("x", Label))).Message.ShouldContain("instead of 'x'");
        Should.Throw<MetadataException>(() => AiLabel.Verify(Encode(png: true), new PictureMetadata(null, Label))).Message.ShouldContain("none");
    }

    [Fact]
    public void Verify_LabelWithoutSourceType_IsRefused()
    {
        var file = PictureFile.WriteMetadata(Encode(png: false), new PictureMetadata(null, Label));
        var at = file.AsSpan().IndexOf("trainedAlgorithmicMedia"u8);
        file[at] = (byte)'T';

        Should.Throw<MetadataException>(() => AiLabel.Verify(file, new PictureMetadata(null, Label))).Message.ShouldContain("DigitalSourceType");
    }

    [Fact]
    public void WriteMetadata_TooLongForJpeg_SaysWhatToDo()
    {
        var text = new string('x', 40_000);

        Should.Throw<MetadataException>(() => PictureFile.WriteMetadata(Encode(png: false), new PictureMetadata(text, null))).Message.ShouldContain("write a PNG");
        PictureFile.ReadMetadata(PictureFile.WriteMetadata(Encode(png: true), new PictureMetadata(text, null))).Parameters.ShouldBe(text);
    }

    [Fact]
    public void WriteMetadata_OtherFormatOrCutFile_IsRefused()
    {
        Should.Throw<MetadataException>(() => PictureFile.WriteMetadata(Pictures.Asset("lossless.webp"), new PictureMetadata("x", null))).Message.ShouldContain("PNG and JPEG");
        Should.Throw<MetadataException>(() => PictureFile.ReadMetadata(Encode(png: true)[..200])).Message.ShouldContain("ends early");
    }

    [Fact]
    public void WriteMetadata_JpegWithCameraExif_IsReplacedAndOtherSegmentsStay()
    {
        var camera = Pictures.WithOrientation(Pictures.Asset("progressive.jpg"), 1);

        var file = PictureFile.WriteMetadata(camera, new PictureMetadata("p", Label));

        file.AsSpan().Count("Exif\0\0"u8).ShouldBe(1);
        ImageCodec.Decode(file).Pixels.ShouldBe(ImageCodec.Decode(camera).Pixels);
    }

    [Fact]
    public void MarkedPicture_Encode_CarriesMarkParametersAndLabel()
    {
        var picture = Pictures.Scene(512, 512);

        var png = MarkedPicture.EncodePng(picture, Parameters, Label);
        var jpeg = MarkedPicture.EncodeJpeg(picture, Parameters, Label);

        ImageCodec.Decode(png).Pixels.ShouldBe(AiMark.Apply(picture).Pixels);
        PictureFile.ReadMetadata(png).ShouldBe(new PictureMetadata(Parameters, Label));
        PictureFile.ReadMetadata(jpeg).ShouldBe(new PictureMetadata(Parameters, Label));
        MarkedPicture.EncodePng(picture, Parameters, Label).ShouldBe(png);
    }

    private static byte[] Encode(bool png) => png ? ImageCodec.EncodePng(Pictures.Scene(96, 64)) : ImageCodec.EncodeJpeg(Pictures.Scene(96, 64));
}
