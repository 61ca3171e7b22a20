using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace LoraFunctions.Contracts;

/// <summary>SHA-256 as lower-case hex, and the one way in which several values become one digest.</summary>
public static class Digests
{
    public static string OfText(string text) => OfBytes(Encoding.UTF8.GetBytes(text));

    public static string OfBytes(ReadOnlySpan<byte> bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));

    public static string OfStream(Stream stream) => Convert.ToHexStringLower(SHA256.HashData(stream));

    public static async Task<string> OfStreamAsync(Stream stream, CancellationToken cancellationToken) =>
        Convert.ToHexStringLower(await SHA256.HashDataAsync(stream, cancellationToken));

    public static string OfFile(string path)
    {
        using var stream = File.OpenRead(path);
        return OfStream(stream);
    }

    public static async Task<string> OfFileAsync(string path, CancellationToken cancellationToken)
    {
        await using var stream = File.OpenRead(path);
        return await OfStreamAsync(stream, cancellationToken);
    }

    /// <summary>
    /// Digest of named values in their order. Each is written as <c>length:name length:value</c>, so that no two different lists give the same
    /// text, whatever characters are in them.
    /// </summary>
    public static string OfFields(IEnumerable<KeyValuePair<string, string>> fields)
    {
        var text = new StringBuilder();
        foreach (var (name, value) in fields)
        {
            text.Append(CultureInfo.InvariantCulture, $"{name.Length}:{name} {value.Length}:{value}\n");
        }

        return OfText(text.ToString());
    }
}
