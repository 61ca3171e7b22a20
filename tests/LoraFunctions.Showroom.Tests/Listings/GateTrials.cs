using LoraFunctions.Imaging;
using LoraFunctions.Imaging.Codecs;
using LoraFunctions.Imaging.Gate;
using LoraFunctions.Imaging.Pixels;
using LoraFunctions.Showroom.Listings;
using LoraFunctions.Showroom.Rendering;
using LoraFunctions.Showroom.Scenes;

namespace LoraFunctions.Showroom.Tests.Listings;

/// <summary>A file whose truth is known, with what the gate said of it.</summary>
internal sealed record BlurTrial(string Kind, bool Textured, GateVerdict Verdict)
{
    public const string Sharp = "sharp";

    public bool Blurred => Kind != Sharp;

    public bool Found => Verdict.Reason == GateReason.Blurred;
}

/// <summary>Two pictures, of one shot or of two.</summary>
internal sealed record CopyTrial(string Kind, bool SameShot, double Agreement, int PdqDistance)
{
    public const string Others = "other shots";

    public bool Found => Agreement >= GateOptions.DefaultMinSameShot;
}

/// <summary>Drawings put through what photos go through, and the gate: for the benchmark, and for tests that run a part of it.</summary>
internal static class GateTrials
{
    private const int Side = 1024;

    /// <summary>
    /// Nine of each shot: three sharp, three smeared by 1.5 to 6 pixels at 1024, three moved by 9 to 30; every one cropped by up
    /// to 8 %, scaled by 0.5 to 1.5 and saved at quality 40 to 95. Every second shot stands before a background full of things.
    /// </summary>
    public static IEnumerable<BlurTrial> Blur(int shots)
    {
        var renderer = new SceneRenderer();
        var options = new GateOptions { MinShorterSide = Side / 4 };
        for (int shot = 0; shot < shots; shot++)
        {
            bool textured = shot % 2 == 1;
            DrawnPicture drawn = renderer.Draw(SceneSampler.Sample(9000 + shot, interiors: 0.2), Side, Side);
            RgbImage image = textured ? Defects.Spoil(drawn, DemoDefect.Busy, shot) : drawn.Image;
            var random = new Random(shot);
            double Within(double least, double most) => least + ((most - least) * random.NextDouble());
            for (int i = 0; i < 9; i++)
            {
                var (kind, spoilt) = (i % 3, i / 3) switch
                {
                    (0, _) => (BlurTrial.Sharp, image),
                    (1, var third) => Smeared(image, Within(1.5 + (1.5 * third), 3 + (1.5 * third))),
                    (_, var third) => Moved(image, (int)Within(9 + (7 * third), 16.999 + (7 * third)), Within(0, Math.PI)),
                };
                RgbImage handled = Handling.Scaled(Handling.Cropped(spoilt, Within(0, 0.08), Within(0, 1)), Within(0.5, 1.5));
                byte[] file = ImageCodec.EncodeJpeg(handled, (int)Within(40, 95.999));
                yield return new BlurTrial(kind, textured, new PhotoGate("trial", options).Judge($"{shot}-{i}.jpg", file));
            }
        }
    }

    /// <summary>Every pair of different shots, then every shot with its copies.</summary>
    public static IEnumerable<CopyTrial> Copies(int shots)
    {
        var renderer = new SceneRenderer();
        RgbImage[] images = [.. Enumerable.Range(0, shots).Select(i => renderer.Draw(SceneSampler.Sample(7000 + i, interiors: 0.2), 768, 576).Image)];
        PictureLook[] looks = [.. images.Select(PictureLook.Of)];
        for (int i = 0; i < shots; i++)
        {
            for (int j = 0; j < i; j++)
            {
                yield return Trial(CopyTrial.Others, looks[i], looks[j]);
            }
        }

        foreach (var (name, change) in Changes())
        {
            for (int i = 0; i < shots; i++)
            {
                yield return Trial(name, looks[i], PictureLook.Of(change(images[i])));
            }
        }
    }

    private static CopyTrial Trial(string kind, PictureLook one, PictureLook other) =>
        new(kind, kind != CopyTrial.Others, one.AgreementWith(other), one.DistanceTo(other));

    private static (string Kind, RgbImage Image) Smeared(RgbImage image, double sigma) =>
        ($"Gaussian {(sigma < 2 ? "1.5 to 2" : sigma < 3 ? "2 to 3" : sigma < 4.5 ? "3 to 4.5" : "4.5 to 6")}", GaussianBlur.Apply(image, sigma, sigma));

    private static (string Kind, RgbImage Image) Moved(RgbImage image, int length, double angle) =>
        ($"motion {(length < 16 ? "9 to 15" : length < 23 ? "16 to 22" : "23 to 30")}", Handling.Motion(image, length, angle));

    private static IEnumerable<(string Name, Func<RgbImage, RgbImage> Change)> Changes()
    {
        yield return ("JPEG 40", image => Handling.Encoded(image, 40));
        yield return ("half the size, JPEG 85", image => Handling.Encoded(Handling.Scaled(image, 0.5), 85));
        yield return ("1.5 times the size", image => Handling.Scaled(image, 1.5));
        yield return ("5 % cropped, JPEG 85", image => Handling.Encoded(Handling.Cropped(image, 0.05, 0.5), 85));
        yield return ("5 % cropped at one corner", image => Handling.Encoded(Handling.Cropped(image, 0.05, 0), 85));
        yield return ("8 % cropped", image => Handling.Encoded(Handling.Cropped(image, 0.08, 0.5), 85));
        yield return ("8 % cropped at one corner", image => Handling.Encoded(Handling.Cropped(image, 0.08, 1), 85));
        yield return ("mirrored, JPEG 85", image => Handling.Encoded(Handling.Mirrored(image), 85));
        yield return ("mirrored, 0.7 size, 5 % cropped", image => Handling.Encoded(Handling.Cropped(Handling.Mirrored(Handling.Scaled(image, 0.7)), 0.05, 0.5), 85));
        yield return ("brighter by a tenth", image => new RgbImage(image.Width, image.Height, [.. image.Pixels.Select(v => (byte)Math.Min(255, v * 1.1))]));
    }
}
