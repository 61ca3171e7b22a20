using System.Text;

namespace LoraFunctions.Contracts;

/// <summary>Text files as people's tools write them: UTF-8, or UTF-16 under its mark.</summary>
public static class TextFile
{
    /// <summary>For YAML and TOML alike, where a Windows path meets double quotes.</summary>
    public const string BackslashAdvice =
        "In double quotes a backslash begins a character of its own; write a Windows path in single quotes, or with / instead of \\.";

    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>The text without a byte order mark.</summary>
    /// <exception cref="InvalidDataException">
    /// It is in another encoding, such as the GBK of Excel: read as UTF-8 it would be other words. The message is complete for a person.
    /// </exception>
    public static string Read(string path) => Decode(path, File.ReadAllBytes(path));

    /// <param name="name">For the message.</param>
    /// <exception cref="InvalidDataException">As for <see cref="Read"/>.</exception>
    public static string Decode(string name, ReadOnlySpan<byte> bytes)
    {
        if (bytes is [0xFF, 0xFE, ..])
        {
            return Encoding.Unicode.GetString(bytes[2..]);
        }

        if (bytes is [0xFE, 0xFF, ..])
        {
            return Encoding.BigEndianUnicode.GetString(bytes[2..]);
        }

        if (bytes is [0xEF, 0xBB, 0xBF, ..])
        {
            bytes = bytes[3..];
        }

        try
        {
            return Strict.GetString(bytes);
        }
        catch (DecoderFallbackException exception)
        {
            var line = bytes[..exception.Index].Count((byte)'\n') + 1;
            throw new InvalidDataException(
                $"{name}:{line}: is not UTF-8 text (byte 0x{bytes[exception.Index]:X2} cannot stand there; GBK, perhaps); save the file as UTF-8.",
                exception);
        }
    }
}
