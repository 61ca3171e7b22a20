namespace LoraFunctions.Jobs.Pictures;

/// <summary>Finds the pictures of a folder by their names' endings; whether they can be read shows later.</summary>
internal static class PictureFolder
{
    private static readonly string[] Endings = [".jpg", ".jpeg", ".png", ".webp"];

    /// <summary>Names relative to the folder with '/' between folders, in ordinal order; hidden files and folders are left out.</summary>
    public static IReadOnlyList<string> Names(string folder) =>
        [
            .. Directory
                .EnumerateFiles(
                    folder,
                    "*",
                    new EnumerationOptions
                    {
                        RecurseSubdirectories = true,
                        AttributesToSkip = FileAttributes.Hidden | FileAttributes.System,
                    })
                .Where(path => Endings.Contains(Path.GetExtension(path), StringComparer.OrdinalIgnoreCase))
                .Select(path => Path.GetRelativePath(folder, path).Replace(Path.DirectorySeparatorChar, '/'))
                .Order(StringComparer.Ordinal),
        ];
}
