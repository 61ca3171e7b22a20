using System.Buffers.Binary;
using System.IO.Hashing;

namespace LoraFunctions.Imaging.Codecs;

/// <summary>
/// Walks a file's own structure before a library sees it. Image libraries forgive a file that stops early and fill the
/// rest with grey; a photo that is half grey must not be trained on.
/// </summary>
internal static class FileStructure
{
    private static ReadOnlySpan<byte> PngSignature => [0x89, (byte)'P', (byte)'N', (byte)'G', 0x0D, 0x0A, 0x1A, 0x0A];

    public static EncodedFormat? Recognise(ReadOnlySpan<byte> file)
    {
        if (file.StartsWith((ReadOnlySpan<byte>)[0xFF, 0xD8, 0xFF]))
        {
            return EncodedFormat.Jpeg;
        }

        if (file.StartsWith(PngSignature))
        {
            return EncodedFormat.Png;
        }

        return file.Length >= 12 && file.StartsWith("RIFF"u8) && file[8..].StartsWith("WEBP"u8) ? EncodedFormat.WebP : null;
    }

    /// <exception cref="UnreadableImageException">The file stops early or contradicts itself.</exception>
    public static void RequireWhole(ReadOnlySpan<byte> file, EncodedFormat format)
    {
        switch (format)
        {
            case EncodedFormat.Jpeg:
                RequireWholeJpeg(file);
                break;
            case EncodedFormat.Png:
                RequireWholePng(file);
                break;
            default:
                RequireWholeWebP(file);
                break;
        }
    }

    // ITU-T T.81, annex B: marker segments up to SOS, then entropy-coded data in which FF is followed by 00 or RSTn,
    // then (progressive) further segments, up to EOI. What follows EOI (previews, maker data) is not looked at.
    private static void RequireWholeJpeg(ReadOnlySpan<byte> file)
    {
        var at = 2;
        var blocks = 0L;
        var sequential = false;
        var entropyBytes = 0L;
        while (at + 1 < file.Length)
        {
            if (file[at] != 0xFF)
            {
                at++; // entropy-coded data, or padding between segments that decoders skip
                entropyBytes++;
                continue;
            }

            var marker = file[at + 1];
            if (marker is 0x00 or 0xFF or 0x01 or (>= 0xD0 and <= 0xD7))
            {
                at += marker == 0xFF ? 1 : 2;
                entropyBytes++;
                continue;
            }

            if (marker == 0xD9)
            {
                // Huffman codes are at least one bit and a block has at least two (DC, end of block).
                if (sequential && entropyBytes * 8 < blocks * 2)
                {
                    throw new UnreadableImageException(
                        UnreadableReason.Truncated,
                        $"the JPEG data ends early: {entropyBytes} bytes cannot hold the {blocks} blocks its header promises; upload it again");
                }

                return;
            }

            if (at + 3 >= file.Length)
            {
                break;
            }

            int length = BinaryPrimitives.ReadUInt16BigEndian(file[(at + 2)..]);
            if (length < 2 || at + 2 + length > file.Length)
            {
                break;
            }

            if (marker is >= 0xC0 and <= 0xCF and not 0xC4 and not 0xC8 and not 0xCC && length >= 8)
            {
                var frame = file.Slice(at + 4, length - 2);
                long height = BinaryPrimitives.ReadUInt16BigEndian(frame[1..]);
                long width = BinaryPrimitives.ReadUInt16BigEndian(frame[3..]);
                blocks = ((width + 7) / 8) * ((height + 7) / 8);
                sequential = marker is 0xC0 or 0xC1;
            }

            at += 2 + length;
        }

        throw new UnreadableImageException(
            UnreadableReason.Truncated,
            $"the JPEG data ends early: after {file.Length} bytes its end marker has not come; upload it again");
    }

    // PNG (ISO/IEC 15948), 5.3: length, type, data, CRC. Only critical chunks (upper-case first letter) are held to their CRC.
    private static void RequireWholePng(ReadOnlySpan<byte> file)
    {
        var at = PngSignature.Length;
        while (at + 12 <= file.Length)
        {
            var length = BinaryPrimitives.ReadUInt32BigEndian(file[at..]);
            if (length > file.Length - at - 12)
            {
                break;
            }

            var typeAndData = file.Slice(at + 4, (int)length + 4);
            var crc = BinaryPrimitives.ReadUInt32BigEndian(file[(at + 8 + (int)length)..]);
            if ((typeAndData[0] & 0x20) == 0 && Crc32.HashToUInt32(typeAndData) != crc)
            {
                throw new UnreadableImageException(
                    UnreadableReason.Damaged,
                    $"the PNG data is damaged: the checksum of the part at byte {at} does not match; upload it again");
            }

            if (typeAndData.StartsWith("IEND"u8))
            {
                return;
            }

            at += 12 + (int)length;
        }

        throw new UnreadableImageException(
            UnreadableReason.Truncated,
            $"the PNG data ends early: after {file.Length} bytes its end part has not come; upload it again");
    }

    // RFC 9649: the RIFF header carries the size of all that follows.
    private static void RequireWholeWebP(ReadOnlySpan<byte> file)
    {
        var promised = BinaryPrimitives.ReadUInt32LittleEndian(file[4..]) + 8L;
        if (promised > file.Length)
        {
            throw new UnreadableImageException(
                UnreadableReason.Truncated,
                $"the WebP data ends early: {file.Length} of {promised} bytes are there; upload it again");
        }
    }
}
