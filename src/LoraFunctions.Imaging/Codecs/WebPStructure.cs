using System.Buffers.Binary;

namespace LoraFunctions.Imaging.Codecs;

/// <summary>RFC 9649: a RIFF file with one bit stream (VP8 or VP8L), perhaps behind an extended header (VP8X) and its alpha.</summary>
internal static class WebPStructure
{
    private const byte Animated = 0x02;
    private const byte HasAlpha = 0x10;

    public static CheckedFile Check(ReadOnlySpan<byte> file, Action<long, long> checkSize)
    {
        var promised = BinaryPrimitives.ReadUInt32LittleEndian(file[4..]) + 8L;
        if (promised > file.Length)
        {
            throw FileStructure.Truncated(PictureFormat.WebP, $"{file.Length} of {promised} bytes are there");
        }

        using var core = new MemoryStream(file.Length);
        core.Write(file[..12]);
        var (canvas, picture) = ((Width: 0, Height: 0), (Width: 0, Height: 0));
        var orientation = 1;
        for (var at = 12; at + 8 <= promised;)
        {
            var type = file.Slice(at, 4);
            var length = BinaryPrimitives.ReadUInt32LittleEndian(file[(at + 4)..]);
            if (length > promised - at - 8)
            {
                throw FileStructure.Truncated(PictureFormat.WebP, $"the part at byte {at} has {promised - at - 8} of {length} bytes");
            }

            var data = file.Slice(at + 8, (int)length);
            if (type.SequenceEqual("VP8X"u8))
            {
                canvas = (1 + U24(data[4..]), 1 + U24(data[7..]));
                if ((data[0] & Animated) != 0)
                {
                    throw FileStructure.Unsupported("an animated WebP");
                }

                checkSize(canvas.Width, canvas.Height);
                // Without transparency it says nothing that the picture does not say.
                if ((data[0] & HasAlpha) != 0)
                {
                    Write(core, "VP8X"u8, [HasAlpha, .. data[1..10]]);
                }
            }
            else if (type.SequenceEqual("ALPH"u8) && picture.Width == 0)
            {
                Write(core, type, data);
            }
            else if (type.SequenceEqual("VP8 "u8) || type.SequenceEqual("VP8L"u8))
            {
                if (picture.Width > 0)
                {
                    throw FileStructure.Damaged(PictureFormat.WebP, "it has two pictures");
                }

                picture = type[3] == ' ' ? LossySize(data) : LosslessSize(data);
                checkSize(picture.Width, picture.Height);
                Write(core, type, data);
            }
            else if (type.SequenceEqual("EXIF"u8))
            {
                orientation = TiffStructure.OrientationOf(data.StartsWith("Exif\0\0"u8) ? data[6..] : data);
            }

            at += 8 + (int)length + ((int)length & 1);
        }

        if (picture.Width == 0 || (canvas.Width > 0 && canvas != picture))
        {
            throw FileStructure.Damaged(PictureFormat.WebP, picture.Width == 0 ? "it has no picture in it" : "its header and its picture differ in size");
        }

        var bytes = core.ToArray();
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(4), bytes.Length - 8);
        return new CheckedFile(PictureFormat.WebP, picture.Width, picture.Height, orientation, bytes);
    }

    // RFC 6386, 9.1: a key frame has a start code, then 14 bits of width and of height, each below two bits of scale.
    private static (int Width, int Height) LossySize(ReadOnlySpan<byte> data)
    {
        if ((data[0] & 1) != 0 || !data[3..].StartsWith((ReadOnlySpan<byte>)[0x9D, 0x01, 0x2A]))
        {
            throw FileStructure.Damaged(PictureFormat.WebP, "its picture does not begin as one");
        }

        return (BinaryPrimitives.ReadUInt16LittleEndian(data[6..]) & 0x3FFF, BinaryPrimitives.ReadUInt16LittleEndian(data[8..]) & 0x3FFF);
    }

    // RFC 9649, 3.4: a signature, then 14 bits of width and of height, each less one.
    private static (int Width, int Height) LosslessSize(ReadOnlySpan<byte> data)
    {
        var bits = BinaryPrimitives.ReadUInt32LittleEndian(data[1..]);
        return data[0] == 0x2F
            ? (1 + (int)(bits & 0x3FFF), 1 + (int)((bits >> 14) & 0x3FFF))
            : throw FileStructure.Damaged(PictureFormat.WebP, "its picture does not begin as one");
    }

    private static int U24(ReadOnlySpan<byte> data) => data[0] | (data[1] << 8) | (data[2] << 16);

    private static void Write(MemoryStream core, ReadOnlySpan<byte> type, ReadOnlySpan<byte> data)
    {
        Span<byte> length = stackalloc byte[4];
        BinaryPrimitives.WriteInt32LittleEndian(length, data.Length);
        core.Write(type);
        core.Write(length);
        core.Write(data);
        core.Write((data.Length & 1) == 1 ? [0] : []);
    }
}
