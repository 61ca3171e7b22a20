using System.Security.Cryptography;
using System.Text;

namespace LoraFunctions.Pipeline;

/// <summary>SHA-256 as lower-case hex, and the one way in which several values become one digest.</summary>
public static class Digests
{
    public static string OfText(string text) => OfBytes(Encoding.UTF8.GetBytes(text));

    public static string OfBytes(ReadOnlySpan<byte> bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));

    /// <summary>
    /// Digest of named values in their order. Each is written as <c>name length:value</c>, so that no two different lists give the same text.
    /// </summary>
    public static string OfFields(IEnumerable<KeyValuePair<string, string>> fields)
    {
        var text = new StringBuilder();
        foreach (var (name, value) in fields)
        {
            text.Append(name).Append(' ').Append(value.Length).Append(':').Append(value).Append('\n');
        }

        return OfText(text.ToString());
    }
}
