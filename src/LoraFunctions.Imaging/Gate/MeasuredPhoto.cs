using System.Globalization;
using System.Security.Cryptography;
using LoraFunctions.Imaging.Codecs;
using LoraFunctions.Imaging.Pixels;

namespace LoraFunctions.Imaging.Gate;

/// <summary>
/// What a photo shows by itself, whatever others there are: many can be measured at once, in any order. It keeps no pixels but those of a
/// thumbnail.
/// </summary>
/// <param name="Verdict">Accepted as long as no other photo is the same.</param>
/// <param name="Look">Null when rejected.</param>
/// <param name="Thumbnail">A JPEG; null when unreadable.</param>
public sealed record MeasuredPhoto(GateVerdict Verdict, PictureLook? Look, byte[]? Thumbnail)
{
    /// <summary>Box that a thumbnail fits into, in pixels.</summary>
    public const int ThumbnailSide = 208;

    private const int ThumbnailQuality = 75;

    /// <summary>A photo with this much of the range between black and white has all it needs.</summary>
    private const double FullContrast = 0.7;

    /// <summary>Measures a file; one that is no picture is a verdict, not an exception.</summary>
    public static MeasuredPhoto Of(string name, byte[] file, GateOptions options)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        ArgumentNullException.ThrowIfNull(file);
        ArgumentNullException.ThrowIfNull(options);
        var verdict = Unseen(name, file.LongLength) with { Sha256 = Convert.ToHexStringLower(SHA256.HashData(file)) };
        if (NamedFile.Of(name) is { Kind: not FileKind.Photo } other)
        {
            return Rejected(verdict, GateReason.Unreadable, $"cannot be used: {other.Reason}");
        }

        try
        {
            var (seen, small) = Read(verdict, file, options);
            return Of(seen, small, options);
        }
        catch (UnreadableImageException e)
        {
            return Rejected(verdict, GateReason.Unreadable, $"cannot be read: {e.Message}");
        }
    }

    /// <summary>A file whose content could not even be looked at.</summary>
    public static MeasuredPhoto Unreadable(string name, long bytes, string why) => Rejected(Unseen(name, bytes), GateReason.Unreadable, $"cannot be read: {why}");

    // Large photos are gone through once, row by row: everything but the digest is measured at the size that blur is.
    private static (GateVerdict Verdict, RgbImage Small) Read(GateVerdict verdict, byte[] file, GateOptions options)
    {
        using var picture = ImageCodec.Open(file, options.Decode);
        var shorter = Math.Min(picture.Width, picture.Height);
        return (
            verdict with { Width = picture.Width, Height = picture.Height, PixelDigest = PixelDigest.Of(picture) },
            shorter <= BlurMeasure.ReferenceSide ? picture.ToImage() : Resizer.Reduce(picture, Scaled(picture.Width, shorter), Scaled(picture.Height, shorter)));
    }

    private static MeasuredPhoto Of(GateVerdict verdict, RgbImage small, GateOptions options)
    {
        var (width, height) = (verdict.Width!.Value, verdict.Height!.Value);
        var (shorter, longer) = (Math.Min(width, height), Math.Max(width, height));
        var thumbnail = ImageCodec.EncodeJpeg(Resizer.Fit(small, ThumbnailSide, ThumbnailSide, ResizeFilter.Area), ThumbnailQuality);
        if (shorter < options.MinShorterSide)
        {
            return Rejected(verdict, GateReason.TooSmall, $"is too small: its shorter side has {shorter} pixels ({width}x{height}), it takes at least {options.MinShorterSide}", thumbnail);
        }

        if ((double)shorter / longer < options.MinAspect)
        {
            return Rejected(
                verdict, GateReason.OddAspect,
                $"has odd proportions: {width}x{height}, its shorter side is {Number((double)shorter / longer)} of its longer, it takes at least {Number(options.MinAspect)}", thumbnail);
        }

        var light = LightMeasure.Of(small);
        if (LightFault(light, options) is { } fault)
        {
            return Rejected(verdict, fault.Reason, fault.Sentence, thumbnail);
        }

        var blur = Math.Round(BlurMeasure.Estimate(small), 2);
        if (double.IsInfinity(blur))
        {
            return Rejected(verdict, GateReason.Blurred, "is blurred: it shows no edge that could be sharp", thumbnail);
        }

        verdict = verdict with { Blur = blur };
        if (blur > options.MaxBlur)
        {
            return Rejected(
                verdict, GateReason.Blurred,
                $"is blurred: its edges are smeared by {Number(blur)} pixels at a shorter side of {BlurMeasure.ReferenceSide}, at most {Number(options.MaxBlur)} are allowed", thumbnail);
        }

        var look = PictureLook.Of(small);
        return new MeasuredPhoto(
            verdict with
            {
                Accepted = true,
                Quality = QualityOf(blur, shorter, light, options),
                Look = look.Text(),
                Sentence = $"{verdict.Name} is accepted: {width}x{height}, edges smeared by {Number(blur)} pixels of at most {Number(options.MaxBlur)}.",
            },
            look,
            thumbnail);
    }

    // Half as sharp, half as large or half as rich in contrast: each halves it.
    private static double QualityOf(double blur, int shorterSide, LightMeasure light, GateOptions options)
    {
        var sharpness = 1 - (blur / (2 * options.MaxBlur));
        var size = Math.Min(1, (double)shorterSide / BlurMeasure.ReferenceSide);
        var contrast = Math.Min(1, (light.Brightest - light.Darkest) / FullContrast);
        return Math.Round(sharpness * size * contrast, 3);
    }

    private static (GateReason Reason, string Sentence)? LightFault(LightMeasure light, GateOptions options) =>
        light.Brightest < options.MinBrightest ? (GateReason.TooDark,
            $"is too dark: its brightest hundredth begins at {Number(light.Brightest)}, it takes at least {Number(options.MinBrightest)} (1 is white)")
        : light.Darkest > options.MaxDarkest ? (GateReason.TooLight,
            $"is too light: its darkest twentieth ends at {Number(light.Darkest)}, at most {Number(options.MaxDarkest)} is allowed (1 is white)")
        : light.Information < options.MinInformation ? (GateReason.NoInformation,
            $"shows next to nothing: its information is {Number(light.Information)}, it takes at least {Number(options.MinInformation)}")
        : null;

    private static GateVerdict Unseen(string name, long bytes) => new(name, "", bytes, null, null, null, null, Accepted: false, null, null, "");

    private static MeasuredPhoto Rejected(GateVerdict verdict, GateReason reason, string sentence, byte[]? thumbnail = null) =>
        new(verdict with { Reason = reason, Sentence = $"{verdict.Name} {sentence}." }, Look: null, thumbnail);

    private static int Scaled(int side, int shorter) => (int)Math.Round((double)side * BlurMeasure.ReferenceSide / shorter);

    private static string Number(double value) => value.ToString("0.00", CultureInfo.InvariantCulture);
}
