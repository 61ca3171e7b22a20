using LoraFunctions.Imaging.Codecs;
using LoraFunctions.Imaging.Pixels;

namespace LoraFunctions.Imaging.Gate;

/// <summary>What a photo must be to be trained on.</summary>
public sealed record GateOptions
{
    /// <summary>512: Stable Diffusion 1.5 is trained at this size; smaller photos would have to be blown up.</summary>
    public const int DefaultMinShorterSide = 512;

    /// <summary>
    /// The blur limit when none is set, in pixels at a shorter side of 1024; smaller photos are measured as they are. Sharp
    /// drawings of the showroom measure 0.6 to 0.9, sharp photos of many cameras 0.3 to 1.1, all the same after JPEG at quality
    /// 40; smeared by 1.5 pixels they measure 1.45 and more. The benchmark "gate" prints what this limit finds.
    /// </summary>
    public const double DefaultMaxBlur = 1.3;

    /// <summary>cleanvision's: a photo whose 99th percentile of brightness is below is too dark.</summary>
    public const double DefaultMinBrightest = 0.32;

    /// <summary>cleanvision's: a photo whose 5th percentile of brightness is above is too light.</summary>
    public const double DefaultMaxDarkest = 0.95;

    /// <summary>cleanvision's: shorter side over longer side, at least.</summary>
    public const double DefaultMinAspect = 0.35;

    /// <summary>cleanvision's: 1 - exp(-0.1 H), at least; 0.3 are 3.6 bits.</summary>
    public const double DefaultMinInformation = 0.3;

    /// <summary>
    /// How far the lines of two photos agree that are the same shot. On the showroom's drawings copies measure 0.98 and
    /// more (re-encoded, smaller, larger, mirrored, brighter: 0.993; 5 or 8 % cropped: 0.98), other shots 0.955 and less.
    /// </summary>
    public const double DefaultMinSameShot = 0.97;

    /// <summary>Pixels of the shorter side, at least.</summary>
    public int MinShorterSide { get; init; } = DefaultMinShorterSide;

    /// <summary>Greatest <see cref="BlurMeasure"/>, in pixels at a shorter side of <see cref="BlurMeasure.ReferenceSide"/>.</summary>
    public double MaxBlur { get; init; } = DefaultMaxBlur;

    /// <summary>Least <see cref="LightMeasure.Brightest"/>; 0 takes photos however dark.</summary>
    public double MinBrightest { get; init; } = DefaultMinBrightest;

    /// <summary>Greatest <see cref="LightMeasure.Darkest"/>; 1 takes photos however light.</summary>
    public double MaxDarkest { get; init; } = DefaultMaxDarkest;

    /// <summary>Least shorter side over longer side; 0 takes any.</summary>
    public double MinAspect { get; init; } = DefaultMinAspect;

    /// <summary>Least <see cref="LightMeasure.Information"/>; 0 takes any.</summary>
    public double MinInformation { get; init; } = DefaultMinInformation;

    /// <summary>From this <see cref="PictureLook.AgreementWith"/> on two photos are the same shot and one is enough; above 1 all stay.</summary>
    public double MinSameShot { get; init; } = DefaultMinSameShot;

    /// <summary>Photos with a lower PDQ quality show too little to be told apart; they are not held to be the same shot.</summary>
    public int MinPdqQuality { get; init; } = Pdq.DefaultMinQuality;

    /// <summary>Limits for reading the files.</summary>
    public DecodeOptions Decode { get; init; } = DecodeOptions.Default;

    /// <summary>Every error of these options; empty when they are sound.</summary>
    public IReadOnlyList<string> Validate()
    {
        var errors = new List<string>();
        if (MinShorterSide < 1)
        {
            errors.Add($"{nameof(MinShorterSide)} is {MinShorterSide}; it must be at least 1 pixel.");
        }

        if (!(MaxBlur > 0))
        {
            errors.Add($"{nameof(MaxBlur)} is {MaxBlur}; it must be greater than 0 pixels.");
        }

        foreach (var (name, value) in new[]
        {
            (nameof(MinBrightest), MinBrightest), (nameof(MaxDarkest), MaxDarkest), (nameof(MinAspect), MinAspect), (nameof(MinInformation), MinInformation),
        })
        {
            if (!(value is >= 0 and <= 1))
            {
                errors.Add($"{name} is {value}; it must be 0 to 1.");
            }
        }

        if (!(MinSameShot > 0.5))
        {
            errors.Add($"{nameof(MinSameShot)} is {MinSameShot}; it must be greater than 0.5 (1 is the same picture).");
        }

        if (MinPdqQuality is < 0 or > 100)
        {
            errors.Add($"{nameof(MinPdqQuality)} is {MinPdqQuality}; it must be 0 to 100.");
        }

        if (Decode.MaxBytes < 1)
        {
            errors.Add($"{nameof(Decode)}.{nameof(Decode.MaxBytes)} is {Decode.MaxBytes}; it must be at least 1.");
        }

        if (Decode.MaxPixels is < 1 or > DecodeOptions.GreatestMaxPixels)
        {
            errors.Add($"{nameof(Decode)}.{nameof(Decode.MaxPixels)} is {Decode.MaxPixels}; it must be 1 to {DecodeOptions.GreatestMaxPixels}.");
        }

        return errors;
    }
}
