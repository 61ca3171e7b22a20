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

        var file = PictureFile.EncodePng(Scene, metadata);

        PictureFile.ReadMetadata(file).ShouldBe(new PictureMetadata(text, Label.Sealed(Scene, text)));
        ImageCodec.Decode(file).Pixels.ShouldBe(Scene.Pixels);
        PictureFile.EncodePng(Scene, metadata).ShouldBe(file);
    }

    [Fact]
    public void ReadMetadata_PlainPicture_HasNone() =>
        PictureFile.ReadMetadata(ImageCodec.EncodePng(Scene)).ShouldBe(new PictureMetadata(null, null));

    // Readers of this chunk look for plain text, however long it is.
    [Fact]
    public void EncodePng_PutsLatin1IntoTextAndTheRestIntoInternationalText()
    {
        Encoding.Latin1.GetString(PictureFile.EncodePng(Scene, new PictureMetadata("café", null))).ShouldContain("tEXtparameters\0café");
        Encoding.UTF8.GetString(PictureFile.EncodePng(Scene, new PictureMetadata("城市", null))).ShouldContain("iTXtparameters\0\0\0\0\0城市");
        var text = new string('x', 40_000);
        Encoding.Latin1.GetString(PictureFile.EncodePng(Scene, new PictureMetadata(text, null))).ShouldContain(text);
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
        var file = PictureFile.EncodePng(Scene, new PictureMetadata(Parameters, Label));

        var error = Should.Throw<MetadataException>(() => AiLabel.Verify(file, new PictureMetadata(Parameters, Label with { ProduceId = "another" })));

        error.Message.ShouldContain("another");
        error.Message.ShouldContain(Label.ProduceId);
        Should.Throw<MetadataException>(() => AiLabel.Verify(file, new PictureMetadata("x", Label.Sealed(Scene, Parameters)))).Message.ShouldContain("instead of 'x'");
        Should.Throw<MetadataException>(() => AiLabel.Verify(ImageCodec.EncodePng(Scene), new PictureMetadata(null, Label))).Message.ShouldContain("none");
    }

    [Fact]
    public void Verify_LabelWithoutSourceType_IsRefused()
    {
        var file = PictureFile.EncodePng(Scene, new PictureMetadata(null, Label));
        var at = file.AsSpan().IndexOf("trainedAlgorithmicMedia"u8);
        file[at] = (byte)'T'; // text is no critical part: its checksum is not held against it

        Should.Throw<MetadataException>(() => AiLabel.Verify(file, new PictureMetadata(null, Label))).Message.ShouldContain("DigitalSourceType");
    }

    [Fact]
    public void ReadMetadata_OtherFormatOrCutFile_IsRefused()
    {
        Should.Throw<MetadataException>(() => PictureFile.ReadMetadata(Pictures.Asset("lossless.webp"))).Message.ShouldContain("PNG files only");
        Should.Throw<MetadataException>(() => PictureFile.ReadMetadata(ImageCodec.EncodePng(Scene)[..200])).Message.ShouldContain("ends early");
    }

    [Fact]
    public void MarkedPicture_Encode_CarriesMarkParametersAndLabel()
    {
        var picture = Pictures.Scene(512, 512);

        var png = MarkedPicture.EncodePng(picture, Parameters, Label);

        ImageCodec.Decode(png).Pixels.ShouldBe(AiMark.Apply(picture).Pixels);
        PictureFile.ReadMetadata(png).ShouldBe(new PictureMetadata(Parameters, Label.Sealed(AiMark.Apply(picture), Parameters)));
        MarkedPicture.EncodePng(picture, Parameters, Label).ShouldBe(png);
    }
}
