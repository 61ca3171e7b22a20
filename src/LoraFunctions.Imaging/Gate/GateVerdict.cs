namespace LoraFunctions.Imaging.Gate;

/// <summary>What the gate says about one photo.</summary>
/// <param name="Name">The file's name within its listing.</param>
/// <param name="Sha256">Of the file, 64 lower-case hexadecimal digits.</param>
/// <param name="Bytes">Length of the file.</param>
/// <param name="Width">Of the upright picture in pixels; null when unreadable.</param>
/// <param name="Height">Of the upright picture in pixels; null when unreadable.</param>
/// <param name="PixelDigest">Names the picture by its pixels, across listings too; null when unreadable.</param>
/// <param name="Blur">In pixels at a shorter side of 512; null when not measured or when there is no edge to measure.</param>
/// <param name="Reason">Null when accepted.</param>
/// <param name="DuplicateOf">The name of the accepted photo that this one equals.</param>
/// <param name="Sentence">For a person: the value found and the limit.</param>
public sealed record GateVerdict(
    string Name,
    string Sha256,
    long Bytes,
    int? Width,
    int? Height,
    string? PixelDigest,
    double? Blur,
    bool Accepted,
    GateReason? Reason,
    string? DuplicateOf,
    string Sentence);
