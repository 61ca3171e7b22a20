using System.Buffers.Binary;

namespace LoraFunctions.Imaging.Codecs;

/// <summary>
/// TIFF 6.0: a directory of tags of 12 bytes. Read for TIFF files and for the EXIF block in other files. Of a file, the
/// first picture in plain, packed, LZW or Deflate strips is read; fax codes are not: their decoder in the image library
/// writes outside its row (fixed in 4.1.1 only).
/// </summary>
internal static class TiffStructure
{
    private const ushort Width = 256;
    private const ushort Height = 257;
    private const ushort BitsPerSample = 258;
    private const ushort Compression = 259;
    private const ushort Photometric = 262;
    private const ushort StripOffsets = 273;
    private const ushort Orientation = 274;
    private const ushort SamplesPerPixel = 277;
    private const ushort RowsPerStrip = 278;
    private const ushort StripByteCounts = 279;
    private const ushort PlanarConfiguration = 284;
    private const ushort Predictor = 317;
    private const ushort ColorMap = 320;
    private const ushort TileWidth = 322;
    private const ushort ExtraSamples = 338;
    private const ushort SampleFormat = 339;

    private const int Short = 3;
    private const int Long = 4;
    private const int Text = 2;
    private const int Undefined = 7;

    private static readonly ushort[] Kept =
    [
        Width, Height, BitsPerSample, Compression, Photometric, StripOffsets, SamplesPerPixel, RowsPerStrip, StripByteCounts,
        PlanarConfiguration, Predictor, ColorMap, ExtraSamples, SampleFormat,
    ];

    /// <summary>The orientation in an EXIF block; 1 where there is none or the block is damaged: a photo must not be lost to that.</summary>
    public static int OrientationOf(ReadOnlySpan<byte> block)
    {
        try
        {
            return Directory.Read(block) is { } directory && directory.Numbers(block, Orientation) is [>= 1 and <= 8 and var value] ? (int)value : 1;
        }
        catch (Exception e) when (e is ArgumentOutOfRangeException or IndexOutOfRangeException)
        {
            return 1;
        }
    }

    public static CheckedFile Check(ReadOnlySpan<byte> file, Action<long, long> checkSize)
    {
        var directory = Directory.Read(file) ?? throw FileStructure.Damaged(PictureFormat.Tiff, "its header is not that of a TIFF");
        var (width, height) = (directory.Number(file, Width, 0), directory.Number(file, Height, 0));
        checkSize(width, height);
        var bits = directory.Numbers(file, BitsPerSample) is { Length: > 0 } found ? found : [1u];
        var compression = directory.Number(file, Compression, 1);
        RequireReadable(directory, file, bits, compression);

        var (offsets, counts) = (directory.Numbers(file, StripOffsets), directory.Numbers(file, StripByteCounts));
        var rowsPerStrip = Math.Clamp(directory.Number(file, RowsPerStrip, (uint)height), 1, height);
        var strips = (height + rowsPerStrip - 1) / rowsPerStrip * (directory.Number(file, PlanarConfiguration, 1) == 2 ? bits.Length : 1);
        if (offsets.Length != counts.Length || offsets.Length != strips)
        {
            throw FileStructure.Damaged(PictureFormat.Tiff, $"it has {offsets.Length} strips and {counts.Length} lengths; {strips} are promised");
        }

        var total = counts.Sum(count => (long)count);
        var promised = ((width * bits.Sum(b => b)) + 7) / 8 * height;
        var end = offsets.Zip(counts).Max(strip => (long)strip.First + strip.Second);
        if (end > file.Length || (compression == 1 && total < promised))
        {
            throw FileStructure.Truncated(PictureFormat.Tiff, $"its {file.Length} bytes do not hold all its rows");
        }

        var orientation = directory.Numbers(file, Orientation) is [>= 1 and <= 8 and var value] ? (int)value : 1;
        return new CheckedFile(PictureFormat.Tiff, (int)width, (int)height, orientation, directory.Only(file, Kept));
    }

    private static void RequireReadable(Directory directory, ReadOnlySpan<byte> file, uint[] bits, long compression)
    {
        var photometric = directory.Number(file, Photometric, 1);
        if (compression is not (1 or 5 or 8 or 32773 or 32946))
        {
            throw FileStructure.Unsupported($"a TIFF with compression {compression}");
        }

        if (photometric > 3 || bits.Length > 4 || bits.Any(b => b is not (1 or 4 or 8 or 16)) || directory.Number(file, SampleFormat, 1) != 1)
        {
            throw FileStructure.Unsupported(photometric == 5 ? "a CMYK TIFF" : "a TIFF of unusual colours");
        }

        if (directory.Entry(TileWidth) is not null)
        {
            throw FileStructure.Unsupported("a tiled TIFF");
        }
    }

    /// <summary>The first directory: where each tag's entry lies.</summary>
    internal sealed record Directory(int Start, bool BigEndian, Dictionary<ushort, int> Entries)
    {
        /// <param name="at">Where it begins; null: the block's first.</param>
        public static Directory? Read(ReadOnlySpan<byte> block, uint? at = null)
        {
            var big = block.StartsWith("MM\0*"u8);
            if (!big && !block.StartsWith("II*\0"u8))
            {
                return null;
            }

            var start = checked((int)Math.Min(at ?? U32(block, 4, big), int.MaxValue - 2));
            var entries = new Dictionary<ushort, int>();
            int count = U16(block, start, big);
            for (var i = 0; i < count; i++)
            {
                var entry = start + 2 + (12 * i);
                _ = block.Slice(entry, 12);
                entries.TryAdd(U16(block, entry, big), entry);
            }

            return new Directory(start, big, entries);
        }

        public int? Entry(ushort tag) => Entries.TryGetValue(tag, out var at) ? at : null;

        public long Number(ReadOnlySpan<byte> block, ushort tag, uint otherwise) => Numbers(block, tag) is [var first, ..] ? first : otherwise;

        /// <summary>Values of 16 or 32 bits; empty when the tag is missing or of another type.</summary>
        public uint[] Numbers(ReadOnlySpan<byte> block, ushort tag)
        {
            if (Entry(tag) is not { } at)
            {
                return [];
            }

            var type = U16(block, at + 2, BigEndian);
            var size = type switch { Short => 2, Long => 4, _ => 0 };
            var count = size == 0 ? 0 : (int)Math.Min(U32(block, at + 4, BigEndian), int.MaxValue / 4);
            var start = count * size <= 4 ? at + 8 : (int)Math.Min(U32(block, at + 8, BigEndian), int.MaxValue);
            var values = block.Slice(start, count * size);
            var numbers = new uint[count];
            for (var i = 0; i < count; i++)
            {
                numbers[i] = type == Short ? U16(values, 2 * i, BigEndian) : U32(values, 4 * i, BigEndian);
            }

            return numbers;
        }

        /// <summary>Bytes that lie outside the directory, of text or undefined type; null when the tag is missing or of another type.</summary>
        public byte[]? Bytes(ReadOnlySpan<byte> block, ushort tag) =>
            Entry(tag) is { } at && U16(block, at + 2, BigEndian) is Text or Undefined && U32(block, at + 4, BigEndian) is > 4 and var count
                ? block.Slice((int)Math.Min(U32(block, at + 8, BigEndian), int.MaxValue), (int)Math.Min(count, int.MaxValue)).ToArray()
                : null;

        /// <summary>The file with nothing but these tags in its directory, and no directory behind it.</summary>
        public byte[] Only(ReadOnlySpan<byte> file, ushort[] tags)
        {
            var core = file.ToArray();
            var kept = Entries.Where(entry => tags.Contains(entry.Key)).OrderBy(entry => entry.Key).Select(entry => entry.Value).ToArray();
            core.AsSpan(Start, 2 + (12 * Entries.Count)).Clear();
            core[Start + (BigEndian ? 1 : 0)] = (byte)kept.Length;
            for (var i = 0; i < kept.Length; i++)
            {
                file.Slice(kept[i], 12).CopyTo(core.AsSpan(Start + 2 + (12 * i)));
            }

            core.AsSpan(Start + 2 + (12 * kept.Length), 4).Clear();
            return core;
        }

        private static ushort U16(ReadOnlySpan<byte> block, int at, bool big) =>
            big ? BinaryPrimitives.ReadUInt16BigEndian(block[at..]) : BinaryPrimitives.ReadUInt16LittleEndian(block[at..]);

        private static uint U32(ReadOnlySpan<byte> block, int at, bool big) =>
            big ? BinaryPrimitives.ReadUInt32BigEndian(block[at..]) : BinaryPrimitives.ReadUInt32LittleEndian(block[at..]);
    }
}
