using LoraFunctions.Imaging.Codecs;
using LoraFunctions.Imaging.Metadata;

namespace LoraFunctions.Imaging.Marking;

/// <summary>What a file that somebody holds says about itself, and whether that is still so.</summary>
/// <param name="Label">The implicit AI label; null where there is none.</param>
/// <param name="Mark">Where the visible mark stands; null where none is found.</param>
/// <param name="PixelsAsMade">The pixels are those that the label was made for; null where the label does not say.</param>
/// <param name="ParametersAsMade">The same of the parameters.</param>
/// <param name="Parameters">How the picture was made.</param>
public sealed record PictureCheck(AiLabel? Label, MarkCorner? Mark, bool? PixelsAsMade, bool? ParametersAsMade, string? Parameters)
{
    /// <summary>Made here, marked, and not changed since.</summary>
    public bool IsOursAndWhole => IsOurs && Mark is not null && PixelsAsMade == true && ParametersAsMade == true;

    public bool IsOurs => Label?.ContentProducer == AiLabel.Ours;

    /// <exception cref="UnreadableImageException">Not a whole picture.</exception>
    /// <exception cref="MetadataException">It carries metadata that cannot be read.</exception>
    public static PictureCheck Of(byte[] file)
    {
        var image = ImageCodec.Decode(file);
        var mark = AiMark.Find(image);
        if (FileStructure.Check(file, DecodeOptions.Default).Format is not (PictureFormat.Png or PictureFormat.Jpeg or PictureFormat.WebP))
        {
            return new PictureCheck(null, mark, null, null, null);
        }

        var (parameters, label) = PictureFile.ReadMetadata(file);
        var made = label?.Sealed(ShownDigest.Of(file, image), parameters);
        return new PictureCheck(
            label,
            mark,
            label is { ReservedCode1.Length: > 0 } ? label.ReservedCode1 == made!.ReservedCode1 : null,
            label is { ReservedCode2.Length: > 0 } ? label.ReservedCode2 == made!.ReservedCode2 : null,
            parameters);
    }

    /// <summary>One sentence for a person.</summary>
    public override string ToString()
    {
        if (Label is null)
        {
            return "carries no AI label" + (Mark is null ? "" : $", but the visible mark ({Words(Mark.Value)})");
        }

        List<string> parts =
        [
            IsOurs ? $"made by {AiLabel.Ours}, number {Label.ProduceId}" : $"made by AI of '{Label.ContentProducer}', not here",
            Mark is { } corner ? $"visibly marked ({Words(corner)})" : "the visible mark is gone",
            PixelsAsMade switch { true => "pixels as made", false => "pixels changed since", null => "its label says nothing about the pixels" },
        ];
        if (ParametersAsMade == false)
        {
            parts.Add("parameters changed since");
        }

        return string.Join("; ", parts);
    }

    private static string Words(MarkCorner corner) => corner switch
    {
        MarkCorner.BottomRight => "bottom right",
        MarkCorner.BottomLeft => "bottom left",
        MarkCorner.TopRight => "top right",
        _ => "top left",
    };
}
