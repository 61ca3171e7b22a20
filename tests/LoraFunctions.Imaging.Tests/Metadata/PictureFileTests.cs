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

    private static readonly RgbImage Scene = Pictures.Scene(96, 64);

    private static readonly AiLabel Label = new("LoraFunctions <&>\"'签名", "20260131-aurora-vs-borealis-city-7");

    [Theory]
    [InlineData(Parameters)]
    [InlineData("城市街景, 比亚迪 汉 — 😀\nSteps: 1")]
    [InlineData("café ÿ")]
    [InlineData("")]
    [InlineData("tab\there\rreturn")]
    public void EncodePng_RoundTrip_KeepsTextLabelAndPixels(string text)
    {
        var metadata = new PictureMetadata(text, Label);

        var file = PictureFile.Encode(Scene, metadata);

        PictureFile.ReadMetadata(file).ShouldBe(new PictureMetadata(text, Label.Sealed(Scene, text)));
        ImageCodec.Decode(file).Pixels.ShouldBe(Scene.Pixels);
        PictureFile.Encode(Scene, metadata).ShouldBe(file);
    }

    [Fact]
    public void ReadMetadata_PlainPicture_HasNone() =>
        PictureFile.ReadMetadata(ImageCodec.EncodePng(Scene)).ShouldBe(new PictureMetadata(null, null));

    // Readers of this chunk look for plain text, however long it is.
    [Fact]
    public void EncodePng_PutsLatin1IntoTextAndTheRestIntoInternationalText()
    {
        Encoding.Latin1.GetString(PictureFile.Encode(Scene, new PictureMetadata("café", null))).ShouldContain("tEXtparameters\0café");
        Encoding.UTF8.GetString(PictureFile.Encode(Scene, new PictureMetadata("城市", null))).ShouldContain("iTXtparameters\0\0\0\0\0城市");
        var text = new string('x', 40_000);
        Encoding.Latin1.GetString(PictureFile.Encode(Scene, new PictureMetadata(text, null))).ShouldContain(text);
    }

    [Fact]
    public void Label_Json_HasTheStandardsKeysInOrder()
    {
        using var json = JsonDocument.Parse(Label.ToJson());

        json.RootElement.EnumerateObject().Select(property => property.Name)
            .ShouldBe(["Label", "ContentProducer", "ProduceID", "ReservedCode1", "ContentPropagator", "PropagateID", "ReservedCode2"]);
        json.RootElement.GetProperty("Label").GetString().ShouldBe("1");
        AiLabel.FromJson(Label.ToJson()).ShouldBe(Label);
        Label.Sealed(Scene, Parameters).ToJson().ShouldNotContain("\"\"", customMessage: "every field is filled in");
    }

    [Fact]
    public void Verify_OtherLabel_NamesBoth()
    {
        var file = PictureFile.Encode(Scene, new PictureMetadata(Parameters, Label));

        var error = Should.Throw<MetadataException>(() => AiLabel.Verify(file, new PictureMetadata(Parameters, Label with { ProduceId = "another" })));

        error.Message.ShouldContain("another");
        error.Message.ShouldContain(Label.ProduceId);
        Should.Throw<MetadataException>(() => AiLabel.Verify(file, new PictureMetadata("x", Label.Sealed(Scene, Parameters)))).Message.ShouldContain("instead of 'x'");
        Should.Throw<MetadataException>(() => AiLabel.Verify(ImageCodec.EncodePng(Scene), new PictureMetadata(null, Label))).Message.ShouldContain("none");
    }

    [Fact]
    public void Verify_LabelWithoutSourceType_IsRefused()
    {
        var file = PictureFile.Encode(Scene, new PictureMetadata(null, Label));
        var at = file.AsSpan().IndexOf("trainedAlgorithmicMedia"u8);
        file[at] = (byte)'T'; // text is no critical part: its checksum is not held against it

        Should.Throw<MetadataException>(() => AiLabel.Verify(file, new PictureMetadata(null, Label))).Message.ShouldContain("DigitalSourceType");
    }

    [Fact]
    public void ReadMetadata_OtherFormatOrCutFile_IsRefused()
    {
        Should.Throw<MetadataException>(() => PictureFile.ReadMetadata("GIF89a\u0001\0\u0001\0\0\0\0,\0\0\0\0\u0001\0\u0001\0\0\u0002\u0002D\u0001\0;"u8.ToArray())).Message
            .ShouldContain("Metadata is kept in PNG, JPEG and WebP files; this is a GIF");
        Should.Throw<MetadataException>(() => PictureFile.ReadMetadata(ImageCodec.EncodePng(Scene)[..200])).Message.ShouldContain("ends early");
    }

    [Theory]
    [InlineData(PictureKind.Jpeg, Parameters)]
    [InlineData(PictureKind.Jpeg, "城市街景, 比亚迪 汉 — 😀\nSteps: 1")]
    [InlineData(PictureKind.WebP, Parameters)]
    [InlineData(PictureKind.WebP, "城市街景, 比亚迪 汉 — 😀\nSteps: 1")]
    public void Encode_LossyFormats_CarryMarkParametersAndASealedLabel(PictureKind kind, string text)
    {
        var picture = Pictures.Scene(320, 240);
        var file = MarkedPicture.Encode(picture, text, Label with { ContentProducer = AiLabel.Ours }, kind);

        var (parameters, label) = PictureFile.ReadMetadata(file);
        parameters.ShouldBe(text);
        label!.ToJson().ShouldNotContain("\"\"", customMessage: "every field is filled in");
        var check = PictureCheck.Of(file);
        check.IsOursAndWhole.ShouldBeTrue(check.ToString());
        MarkedPicture.Encode(picture, text, Label with { ContentProducer = AiLabel.Ours }, kind).ShouldBe(file);

        // Saved again with everything it says, it is another picture.
        var again = EmbeddedBlocks.Add(
            ImageCodec.EncodeJpeg(ImageCodec.Decode(file), 70), new CheckedFile(PictureFormat.Jpeg, 320, 240, 1, []), ExifComment.Build(text), XmpPacket.Build(label));
        (PictureCheck.Of(again).PixelsAsMade, PictureCheck.Of(again).ParametersAsMade).ShouldBe((false, true));
    }

    [Fact]
    public void Encode_JpegOfEndlessParameters_SaysWhatToDo() =>
        Should.Throw<MetadataException>(() => PictureFile.Encode(Scene, new PictureMetadata(new string('x', 40_000), Label), PictureKind.Jpeg)).Message
            .ShouldContain("write the picture as PNG or WebP");

    // As piexif writes it, by which WebUI does.
    [Fact]
    public void ExifComment_OfEitherByteOrderAndCode_IsRead()
    {
        ExifComment.Read(ExifComment.Build("a 城")).ShouldBe("a 城");
        ExifComment.Read(ExifComment.Build(null)).ShouldBeNull();
        byte[] little =
        [
            .. "II*\0"u8, 8, 0, 0, 0, 1, 0, 0x69, 0x87, 4, 0, 1, 0, 0, 0, 26, 0, 0, 0, 0, 0, 0, 0,
            1, 0, 0x86, 0x92, 7, 0, 10, 0, 0, 0, 44, 0, 0, 0, 0, 0, 0, 0, .. "UNICODE\0"u8, (byte)'a', 0,
        ];
        ExifComment.Read(little).ShouldBe("a");
        ExifComment.Read([.. little[..44], .. "ASCII\0\0\0"u8, (byte)'a', (byte)'b']).ShouldBe("ab");
        ExifComment.Read(little[..30]).ShouldBeNull();
    }

    [Fact]
    public void MarkedPicture_Encode_CarriesMarkParametersAndLabel()
    {
        var picture = Pictures.Scene(512, 512);

        var png = MarkedPicture.Encode(picture, Parameters, Label);

        ImageCodec.Decode(png).Pixels.ShouldBe(AiMark.Apply(picture).Pixels);
        PictureFile.ReadMetadata(png).ShouldBe(new PictureMetadata(Parameters, Label.Sealed(AiMark.Apply(picture), Parameters)));
        MarkedPicture.Encode(picture, Parameters, Label).ShouldBe(png);
    }
}
