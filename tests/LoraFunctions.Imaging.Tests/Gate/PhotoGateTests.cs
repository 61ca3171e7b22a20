using LoraFunctions.Imaging.Codecs;
using LoraFunctions.Imaging.Gate;
using LoraFunctions.Imaging.Pixels;
using Shouldly;
using Xunit;

namespace LoraFunctions.Imaging.Tests.Gate;

public sealed class PhotoGateTests
{
    private static readonly byte[] Good = ImageCodec.EncodeJpeg(Pictures.Scene(768, 512), 85);

    [Fact]
    public void Judge_GoodPhoto_IsAcceptedWithItsFigures()
    {
        var verdict = new PhotoGate("listing-1").Judge("a.jpg", Good);

        verdict.Accepted.ShouldBeTrue(verdict.Sentence);
        verdict.Reason.ShouldBeNull();
        (verdict.Width, verdict.Height).ShouldBe((768, 512));
        verdict.Blur!.Value.ShouldBeLessThan(1);
        verdict.Bytes.ShouldBe(Good.Length);
        verdict.Sha256.ShouldBe(Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(Good)));
    }

    [Theory]
    [InlineData("a.jfif", true)]
    [InlineData("A.JPG", true)]
    [InlineData("a.heic", false)]
    public void Judge_NamesOfOtherKinds_AreRefused(string name, bool accepted)
    {
        var verdict = new PhotoGate("listing-1").Judge(name, Good);

        verdict.Accepted.ShouldBe(accepted, verdict.Sentence);
        verdict.Sentence.ShouldContain(accepted ? "accepted" : "a HEIC file cannot be read; convert it to JPEG");
    }

    [Fact]
    public void Judge_CutFile_IsUnreadableAndSaysWhy()
    {
        var verdict = new PhotoGate("listing-1").Judge("cut.jpg", Good[..5000]);

        verdict.Reason.ShouldBe(GateReason.Unreadable);
        verdict.Sentence.ShouldStartWith("cut.jpg cannot be read: the JPEG data ends early");
        verdict.PixelDigest.ShouldBeNull();
    }

    [Fact]
    public void Judge_SmallPhoto_NamesSizeAndLimit()
    {
        var verdict = new PhotoGate("listing-1").Judge("small.png", ImageCodec.EncodePng(Pictures.Scene(900, 511)));

        verdict.Reason.ShouldBe(GateReason.TooSmall);
        verdict.Sentence.ShouldContain("511");
        verdict.Sentence.ShouldContain("900x511");
        verdict.Sentence.ShouldContain("512");
    }

    [Fact]
    public void Judge_BlurredPhoto_NamesBlurAndLimit()
    {
        var verdict = new PhotoGate("listing-1").Judge("soft.jpg", ImageCodec.EncodeJpeg(GaussianBlur.Apply(Pictures.Scene(768, 512), 4, 4)));

        verdict.Reason.ShouldBe(GateReason.Blurred);
        verdict.Blur!.Value.ShouldBe(4, 1);
        verdict.Sentence.ShouldContain($"{verdict.Blur:0.00}");
        verdict.Sentence.ShouldContain("1.30");
    }

    [Fact]
    public void Judge_LightAndProportions_AreNamedWithTheirFigures()
    {
        var gate = new PhotoGate("listing-1");
        var dark = Pictures.Scene(768, 512);
        var light = Pictures.Scene(768, 512);
        for (var i = 0; i < dark.Pixels.Length; i++)
        {
            dark.Pixels[i] = (byte)(dark.Pixels[i] / 4);
            light.Pixels[i] = (byte)(245 + (light.Pixels[i] / 26));
        }

        Judged("dark.png", dark, GateReason.TooDark, "0.32");
        Judged("light.png", light, GateReason.TooLight, "0.95");
        Judged("flat.png", Pictures.Solid(600, 600, 128, 128, 128), GateReason.NoInformation, "0.30");
        Judged("strip.png", Pictures.Scene(1800, 520), GateReason.OddAspect, "0.35");

        void Judged(string name, RgbImage image, GateReason reason, string limit)
        {
            var verdict = gate.Judge(name, ImageCodec.EncodePng(image));
            verdict.Reason.ShouldBe(reason, verdict.Sentence);
            verdict.Sentence.ShouldContain(limit);
        }
    }

    [Fact]
    public void Judge_OneColour_HasNoEdgeToBeSharp()
    {
        var verdict = new PhotoGate("listing-1", new GateOptions { MinInformation = 0 }).Judge("grey.png", ImageCodec.EncodePng(Pictures.Solid(600, 600, 128, 128, 128)));

        verdict.Reason.ShouldBe(GateReason.Blurred);
        verdict.Blur.ShouldBeNull();
        verdict.Sentence.ShouldContain("no edge");
    }

    [Fact]
    public void Judge_SameFileOrLosslessCopy_NamesThePhotoItEquals()
    {
        var gate = new PhotoGate("listing-1");
        gate.Judge("a.jpg", Good).Accepted.ShouldBeTrue();

        var same = gate.Judge("b.jpg", Good);
        var resaved = gate.Judge("c.png", ImageCodec.EncodePng(ImageCodec.Decode(Good)));
        var other = gate.Judge("d.jpg", ImageCodec.EncodeJpeg(Turned(Pictures.Scene(768, 512))));

        foreach (var verdict in new[] { same, resaved })
        {
            verdict.Reason.ShouldBe(GateReason.ExactDuplicate);
            verdict.DuplicateOf.ShouldBe("a.jpg");
            verdict.Sentence.ShouldContain("a.jpg");
        }

        other.Accepted.ShouldBeTrue(other.Sentence);
    }

    [Fact]
    public void Judge_CopiesOfAShot_NameTheShot()
    {
        var shot = Pictures.Scene(900, 700);
        var gate = new PhotoGate("listing-1");
        gate.Judge("a.jpg", ImageCodec.EncodeJpeg(shot, 90)).Accepted.ShouldBeTrue();
        var copies = new Dictionary<string, byte[]>
        {
            ["b-quality.jpg"] = ImageCodec.EncodeJpeg(shot, 45),
            ["c-smaller.jpg"] = ImageCodec.EncodeJpeg(Resizer.Resize(shot, 720, 560), 85),
            ["d-cropped.jpg"] = ImageCodec.EncodeJpeg(Resizer.Crop(shot, 40, 10, 855, 665), 85),
            ["e-mirrored.jpg"] = ImageCodec.EncodeJpeg(Mirrored(shot), 85),
        };

        foreach (var (name, copy) in copies)
        {
            var verdict = gate.Judge(name, copy);

            verdict.Reason.ShouldBe(GateReason.NearDuplicate, verdict.Sentence);
            verdict.DuplicateOf.ShouldBe("a.jpg");
            verdict.Sentence.ShouldContain("same shot as a.jpg");
            verdict.Sentence.ShouldContain("0.97");
        }

        new PhotoGate("listing-2", new GateOptions { MinSameShot = 1.1 }).Judge("b.jpg", copies["b-quality.jpg"]).Accepted.ShouldBeTrue();
    }

    [Fact]
    public void Judge_OtherShots_Stay()
    {
        var gate = new PhotoGate("listing-1");
        for (var seed = 0; seed < 6; seed++)
        {
            // The same wall, other things before it.
            var shot = Pictures.Scene(768, 512);
            for (var bar = 0; bar < 6; bar++)
            {
                Pictures.Fill(shot, 40 + (60 * seed) + (55 * bar), 60 + (50 * (seed % 4)), 30, 240, 220, (byte)(bar % 2 * 220), 30);
            }

            var verdict = gate.Judge($"{seed}.jpg", ImageCodec.EncodeJpeg(shot));
            verdict.Accepted.ShouldBeTrue(verdict.Sentence);
        }
    }

    [Fact]
    public void Judge_OptionsOfTheCaller_AreTheLimits()
    {
        var strict = new PhotoGate("listing-1", new GateOptions { MinShorterSide = 600 });
        var tiny = new PhotoGate("listing-1", new GateOptions { Decode = new DecodeOptions { MaxBytes = 1000 } });

        strict.Judge("a.jpg", Good).Reason.ShouldBe(GateReason.TooSmall);
        tiny.Judge("a.jpg", Good).Reason.ShouldBe(GateReason.Unreadable);
    }

    [Fact]
    public void Gate_BadOptions_AreAllNamed()
    {
        var options = new GateOptions { MinShorterSide = 0, MaxBlur = -1, Decode = new DecodeOptions { MaxBytes = 0, MaxPixels = 0 } };

        var error = Should.Throw<ArgumentException>(() => new PhotoGate("listing-1", options));

        foreach (var name in new[] { "MinShorterSide", "MaxBlur", "MaxBytes", "MaxPixels" })
        {
            error.Message.ShouldContain(name);
        }
    }

    [Fact]
    public void Judge_SameNameTwice_IsAMistakeOfTheCaller()
    {
        var gate = new PhotoGate("listing-1");
        gate.Judge("a.jpg", Good);

        Should.Throw<ArgumentException>(() => gate.Judge("a.jpg", Good)).Message.ShouldContain("a.jpg");
    }

    // The pixels from the last to the first: by half a turn.
    private static RgbImage Turned(RgbImage image) => new(image.Width, image.Height, [.. image.Pixels.Chunk(3).Reverse().SelectMany(pixel => pixel)]);

    private static RgbImage Mirrored(RgbImage image)
    {
        var mirrored = new RgbImage(image.Width, image.Height);
        for (var i = 0; i < image.Width * image.Height; i++)
        {
            var (r, g, b) = image.At(image.Width - 1 - (i % image.Width), i / image.Width);
            Pictures.Set(mirrored, i % image.Width, i / image.Width, r, g, b);
        }

        return mirrored;
    }

    [Fact]
    public void Report_Json_RoundTripsInOrderOfNames()
    {
        var gate = new PhotoGate("listing-中文");
        gate.Judge("b.jpg", Good[..400]);
        gate.Judge("a.jpg", Good);

        var report = gate.Report();
        var json = report.ToJson();
        var back = GateReport.FromJson(json);

        back.Photos.ShouldBe(report.Photos.Select(photo => photo with { Look = null }));
        report.Accepted.Single().Look!.Length.ShouldBeLessThan(8000);
        json.ShouldNotContain("look");
        back.Photos.Select(photo => photo.Name).ShouldBe(["a.jpg", "b.jpg"]);
        back.Accepted.Single().Name.ShouldBe("a.jpg");
        back.Rejected.Single().Name.ShouldBe("b.jpg");
        json.ShouldContain("\"schemaVersion\": 1");
        json.ShouldContain("\"reason\": \"unreadable\"");
        json.ShouldContain("listing-中文");
        Should.Throw<System.Text.Json.JsonException>(() => GateReport.FromJson(json.Replace("\"schemaVersion\": 1", "\"schemaVersion\": 9"))).Message.ShouldContain("9");
    }
}
