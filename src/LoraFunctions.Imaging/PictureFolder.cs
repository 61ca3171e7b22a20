namespace LoraFunctions.Imaging;

/// <summary>What becomes of a file among photos, by its name alone.</summary>
public enum FileKind
{
    /// <summary>A photo, if it can be read.</summary>
    Photo,

    /// <summary>A picture or video of a kind that is not read; somebody meant it to be used.</summary>
    Refused,

    /// <summary>No photo at all: what systems and programs leave behind, or another kind of file.</summary>
    Ignored,
}

/// <summary>A file among photos.</summary>
/// <param name="Name">Relative to the folder, '/' between folders; a folder that is not looked into ends with '/'.</param>
/// <param name="Reason">Why it is not a photo, to stand behind "name: "; null when it is one.</param>
public sealed record NamedFile(string Name, FileKind Kind, string? Reason)
{
    /// <summary>What a data set shows its photos on; it is none of them.</summary>
    public const string ContactSheet = "contact-sheet.jpg";

    private static readonly string[] Endings = [".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".webp", ".bmp", ".gif", ".tif", ".tiff"];

    private static readonly Dictionary<string, string> RefusedKinds = new(StringComparer.OrdinalIgnoreCase)
    {
        [".heic"] = "HEIC", [".heif"] = "HEIC", [".hif"] = "HEIC", [".avif"] = "AVIF", [".jxl"] = "JPEG XL", [".jp2"] = "JPEG 2000",
        [".psd"] = "Photoshop", [".svg"] = "SVG", [".pdf"] = "PDF", [".dng"] = "raw", [".cr2"] = "raw", [".cr3"] = "raw", [".nef"] = "raw",
        [".arw"] = "raw", [".orf"] = "raw", [".rw2"] = "raw", [".raf"] = "raw", [".mp4"] = "video", [".mov"] = "video", [".avi"] = "video",
    };

    // Left behind by Windows, Synology, macOS archives and QNAP; whatever begins with a dot is hidden elsewhere.
    private static readonly string[] Junk = ["Thumbs.db", "ehthumbs.db", "desktop.ini", "@eaDir", "__MACOSX", "@Recycle", "#recycle", "$RECYCLE.BIN"];

    /// <summary>The one rule of names for the gate, labels and training.</summary>
    /// <param name="name">Relative, with '/' between folders.</param>
    public static NamedFile Of(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        if (name.Split('/').FirstOrDefault(IsJunk) is { } junk)
        {
            return new NamedFile(name, FileKind.Ignored, $"'{junk}' is hidden or left behind by a system");
        }

        if (name == ContactSheet)
        {
            return new NamedFile(name, FileKind.Ignored, "it is the data set's contact sheet");
        }

        var ending = Path.GetExtension(name);
        return Endings.Contains(ending, StringComparer.OrdinalIgnoreCase) ? new NamedFile(name, FileKind.Photo, null)
            : RefusedKinds.TryGetValue(ending, out var kind) ? new NamedFile(name, FileKind.Refused, $"a {kind} file cannot be read; convert it to JPEG")
            : new NamedFile(name, FileKind.Ignored, $"its name does not end in {string.Join(", ", Endings)}");
    }

    internal static bool IsJunk(string part) => part.StartsWith('.') || Junk.Contains(part, StringComparer.OrdinalIgnoreCase);
}

/// <summary>The files of a folder of photos and of the folders in it; whether a photo can be read shows later.</summary>
public static class PictureFolder
{
    /// <summary>The photos' names, relative to the folder with '/' between folders, in ordinal order.</summary>
    public static IReadOnlyList<string> Names(string folder) => [.. Files(folder).Where(file => file.Kind == FileKind.Photo).Select(file => file.Name)];

    /// <summary>Every file in ordinal order of the names; folders that are ignored as a whole come as one.</summary>
    public static IReadOnlyList<NamedFile> Files(string folder) => [.. Below(folder, "").OrderBy(file => file.Name, StringComparer.Ordinal)];

    private static IEnumerable<NamedFile> Below(string folder, string prefix) =>
    [
        .. Directory.EnumerateFiles(folder).Select(path => NamedFile.Of(prefix + Path.GetFileName(path))),
        .. Directory.EnumerateDirectories(folder).SelectMany(path =>
            NamedFile.IsJunk(Path.GetFileName(path)) ? [NamedFile.Of(prefix + Path.GetFileName(path) + "/")]
            : new DirectoryInfo(path).LinkTarget is not null ? [new NamedFile(prefix + Path.GetFileName(path) + "/", FileKind.Ignored, "it is a link to a folder; put the photos themselves here")]
            : Below(path, prefix + Path.GetFileName(path) + "/")),
    ];
}
