using System.Globalization;
using System.Security.Cryptography;
using LoraFunctions.Imaging.Codecs;
using LoraFunctions.Imaging.Pixels;

namespace LoraFunctions.Imaging.Gate;

/// <summary>
/// Decides photo by photo whether a listing's photos are fit for training, and why not. One gate a listing: it remembers
/// the photos it accepted and finds exact and near duplicates among them. Give the photos in ordinal order of their names, so that
/// it is always the same one of two alike photos that stays. Only one photo is held in memory at a time.
/// </summary>
public sealed class PhotoGate
{
    private readonly GateOptions _options;
    private readonly string _listing;
    private readonly List<GateVerdict> _verdicts = [];
    private readonly Dictionary<string, string> _acceptedByDigest = [];
    private readonly List<(string Name, PictureLook Look)> _looks = [];

    /// <exception cref="ArgumentException">The options are not sound; the message names every error.</exception>
    public PhotoGate(string listing, GateOptions? options = null)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(listing);
        _listing = listing;
        _options = options ?? new GateOptions();
        if (_options.Validate() is { Count: > 0 } errors)
        {
            throw new ArgumentException(string.Join(" ", errors), nameof(options));
        }
    }

    /// <summary>Judges one photo; a file that is no picture is a verdict, not an exception.</summary>
    /// <exception cref="ArgumentException">A photo of this name was judged already.</exception>
    public GateVerdict Judge(string name, byte[] file)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        ArgumentNullException.ThrowIfNull(file);
        if (_verdicts.Any(other => string.Equals(other.Name, name, StringComparison.Ordinal)))
        {
            throw new ArgumentException($"'{name}' of '{_listing}' was judged already; names are unique within a listing.", nameof(name));
        }

        var verdict = Decide(name, file);
        _verdicts.Add(verdict);
        if (verdict.Accepted)
        {
            _acceptedByDigest[verdict.PixelDigest!] = name;
        }

        return verdict;
    }

    /// <summary>All photos judged so far, in ordinal order of their names.</summary>
    public GateReport Report() =>
        new(GateReport.CurrentSchemaVersion, _listing, [.. _verdicts.OrderBy(verdict => verdict.Name, StringComparer.Ordinal)]);

    private GateVerdict Decide(string name, byte[] file)
    {
        var verdict = new GateVerdict(
            name, Convert.ToHexStringLower(SHA256.HashData(file)), file.LongLength, null, null, null, null, Accepted: false, null, null, "");
        if (NamedFile.Of(name) is { Kind: not FileKind.Photo } other)
        {
            return verdict with { Reason = GateReason.Unreadable, Sentence = $"{name} cannot be used: {other.Reason}." };
        }

        RgbImage image;
        try
        {
            image = ImageCodec.Decode(file, _options.Decode);
        }
        catch (UnreadableImageException e)
        {
            return verdict with { Reason = GateReason.Unreadable, Sentence = $"{name} cannot be read: {e.Message}." };
        }

        verdict = verdict with { Width = image.Width, Height = image.Height, PixelDigest = PixelDigest.Of(image) };
        var shorterSide = Math.Min(image.Width, image.Height);
        if (shorterSide < _options.MinShorterSide)
        {
            return verdict with
            {
                Reason = GateReason.TooSmall,
                Sentence = $"{name} is too small: its shorter side has {shorterSide} pixels ({image.Width}x{image.Height}), "
                    + $"it takes at least {_options.MinShorterSide}.",
            };
        }

        if (LightFault(image) is { } fault)
        {
            return verdict with { Reason = fault.Reason, Sentence = $"{name} {fault.Sentence}." };
        }

        var blur = Math.Round(BlurMeasure.Estimate(image), 2);
        if (double.IsInfinity(blur))
        {
            return verdict with
            {
                Reason = GateReason.Blurred,
                Sentence = $"{name} is blurred: it shows no edge that could be sharp.",
            };
        }

        verdict = verdict with { Blur = blur };
        if (blur > _options.MaxBlur)
        {
            return verdict with
            {
                Reason = GateReason.Blurred,
                Sentence = $"{name} is blurred: its edges are smeared by {Number(blur)} pixels at a shorter side of {BlurMeasure.ReferenceSide}, "
                    + $"at most {Number(_options.MaxBlur)} are allowed.",
            };
        }

        if (_acceptedByDigest.TryGetValue(verdict.PixelDigest!, out var original))
        {
            return verdict with
            {
                Reason = GateReason.ExactDuplicate,
                DuplicateOf = original,
                Sentence = $"{name} shows exactly the same pixels as {original}; one of them is enough.",
            };
        }

        var look = PictureLook.Of(image);
        if (SameShot(look) is { } same)
        {
            return verdict with
            {
                Reason = GateReason.NearDuplicate,
                DuplicateOf = same.Name,
                Sentence = $"{name} is the same shot as {same.Name}: their lines agree by {Number(same.Agreement)}, from {Number(_options.MinSameShot)} on "
                    + $"one of them is enough (PDQ hashes {same.Distance} bits apart).",
            };
        }

        _looks.Add((name, look));
        return verdict with
        {
            Accepted = true,
            Sentence = $"{name} is accepted: {image.Width}x{image.Height}, "
                + $"edges smeared by {Number(blur)} pixels of at most {Number(_options.MaxBlur)}.",
        };
    }

    private (GateReason Reason, string Sentence)? LightFault(RgbImage image)
    {
        var aspect = (double)Math.Min(image.Width, image.Height) / Math.Max(image.Width, image.Height);
        var light = LightMeasure.Of(image);
        return aspect < _options.MinAspect ? (GateReason.OddAspect, $"has odd proportions: {image.Width}x{image.Height}, its shorter side is "
                + $"{Number(aspect)} of its longer, it takes at least {Number(_options.MinAspect)}")
            : light.Brightest < _options.MinBrightest ? (GateReason.TooDark, $"is too dark: its brightest hundredth begins at "
                + $"{Number(light.Brightest)}, it takes at least {Number(_options.MinBrightest)} (1 is white)")
            : light.Darkest > _options.MaxDarkest ? (GateReason.TooLight, $"is too light: its darkest twentieth ends at "
                + $"{Number(light.Darkest)}, at most {Number(_options.MaxDarkest)} is allowed (1 is white)")
            : light.Information < _options.MinInformation ? (GateReason.NoInformation, $"shows next to nothing: its information is "
                + $"{Number(light.Information)}, it takes at least {Number(_options.MinInformation)}")
            : null;
    }

    private (string Name, double Agreement, int Distance)? SameShot(PictureLook look)
    {
        foreach (var (name, other) in _looks.Where(_ => look.Pdq.Quality >= _options.MinPdqQuality))
        {
            if (other.Pdq.Quality >= _options.MinPdqQuality && look.AgreementWith(other) is var agreement && agreement >= _options.MinSameShot)
            {
                return (name, agreement, look.DistanceTo(other));
            }
        }

        return null;
    }

    private static string Number(double value) => value.ToString("0.00", CultureInfo.InvariantCulture);
}
