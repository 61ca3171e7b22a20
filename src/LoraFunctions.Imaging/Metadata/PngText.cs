using System.Buffers.Binary;
using System.IO.Hashing;
using System.Text;

namespace LoraFunctions.Imaging.Metadata;

/// <summary>
/// Text chunks of a whole PNG (ISO/IEC 15948, 11.3.4): <c>tEXt</c> where Latin-1 is enough, else uncompressed <c>iTXt</c>
/// in UTF-8. They stand right behind the header, where readers that stop at the pixels find them.
/// </summary>
internal static class PngText
{
    public const string ParametersKeyword = "parameters";
    public const string XmpKeyword = "XML:com.adobe.xmp";

    private const int SignatureLength = 8;
    private const int HeaderEnd = SignatureLength + 12 + 13;

    public static byte[] Write(byte[] png, string? parameters, string? xmp)
    {
        using var output = new MemoryStream(png.Length + 4096);
        output.Write(png, 0, HeaderEnd);
        if (parameters is not null)
        {
            if (IsLatin1(parameters))
            {
                WriteChunk(output, "tEXt", [.. Encoding.Latin1.GetBytes(ParametersKeyword), 0, .. Encoding.Latin1.GetBytes(parameters)]);
            }
            else
            {
                WriteChunk(output, "iTXt", International(ParametersKeyword, parameters));
            }
        }

        if (xmp is not null)
        {
            WriteChunk(output, "iTXt", International(XmpKeyword, xmp));
        }

        foreach (var (type, start, length) in Chunks(png).Skip(1))
        {
            if (Keyword(png, type, start, length) is not (ParametersKeyword or XmpKeyword))
            {
                output.Write(png, start - 8, length + 12);
            }
        }

        return output.ToArray();
    }

    public static (string? Parameters, string? Xmp) Read(byte[] png)
    {
        var texts = new Dictionary<string, string>();
        foreach (var (type, start, length) in Chunks(png))
        {
            if (Keyword(png, type, start, length) is { } keyword
                && TextOf(png.AsSpan(start, length)[(keyword.Length + 1)..], type) is { } text)
            {
                texts[keyword] = text;
            }
        }

        return (texts.GetValueOrDefault(ParametersKeyword), texts.GetValueOrDefault(XmpKeyword));
    }

    // Control characters other than the line feed are no Latin-1 text for PNG.
    private static bool IsLatin1(string text) => text.All(c => c is '\n' or (>= ' ' and <= '~') or (>= '\u00A0' and <= '\u00FF'));

    // Keyword, 0, compression flag and method, language, 0, translated keyword, 0, text.
    private static byte[] International(string keyword, string text) =>
        [.. Encoding.Latin1.GetBytes(keyword), 0, 0, 0, 0, 0, .. Encoding.UTF8.GetBytes(text)];

    private static string? TextOf(ReadOnlySpan<byte> behindKeyword, string type)
    {
        if (string.Equals(type, "tEXt", StringComparison.Ordinal))
        {
            return Encoding.Latin1.GetString(behindKeyword);
        }

        if (behindKeyword.Length < 4 || behindKeyword[0] != 0)
        {
            return null; // compressed: nothing of ours
        }

        var rest = behindKeyword[2..];
        rest = rest[(rest.IndexOf((byte)0) + 1)..];
        return Encoding.UTF8.GetString(rest[(rest.IndexOf((byte)0) + 1)..]);
    }

    private static string? Keyword(byte[] png, string type, int start, int length)
    {
        if (type is not ("tEXt" or "iTXt" or "zTXt"))
        {
            return null;
        }

        var end = png.AsSpan(start, length).IndexOf((byte)0);
        return end < 0 ? null : Encoding.Latin1.GetString(png, start, end);
    }

    private static IEnumerable<(string Type, int Start, int Length)> Chunks(byte[] png)
    {
        for (var at = SignatureLength; at + 12 <= png.Length;)
        {
            var length = (int)BinaryPrimitives.ReadUInt32BigEndian(png.AsSpan(at));
            var type = Encoding.ASCII.GetString(png, at + 4, 4);
            yield return (type, at + 8, length);
            if (string.Equals(type, "IEND", StringComparison.Ordinal))
            {
                yield break;
            }

            at += 12 + length;
        }
    }

    private static void WriteChunk(MemoryStream output, string type, byte[] data)
    {
        byte[] typeAndData = [.. Encoding.ASCII.GetBytes(type), .. data];
        Span<byte> number = stackalloc byte[4];
        BinaryPrimitives.WriteInt32BigEndian(number, data.Length);
        output.Write(number);
        output.Write(typeAndData);
        BinaryPrimitives.WriteUInt32BigEndian(number, Crc32.HashToUInt32(typeAndData));
        output.Write(number);
    }
}
