using System.Security.Cryptography;
using System.Text;

namespace LoraFunctions.Diffusion.Checkpoints;

/// <summary>SHA-256 of what a model was read from.</summary>
internal static class FileDigest
{
    /// <summary>Lower-case hex of the file's content, or of a folder's list of "{digest}  {relative name}" lines, sorted by name.</summary>
    public static string Of(string root, IReadOnlyList<string> files)
    {
        if (!Directory.Exists(root))
        {
            return OfFile(root);
        }

        var lines = files
            .Select(file => (Name: Path.GetRelativePath(root, file).Replace('\\', '/'), Path: file))
            .OrderBy(file => file.Name, StringComparer.Ordinal)
            .Select(file => $"{OfFile(file.Path)}  {file.Name}\n");
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Concat(lines))));
    }

    private static string OfFile(string path)
    {
        using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0, FileOptions.SequentialScan);
        return Convert.ToHexStringLower(SHA256.HashData(stream));
    }
}
