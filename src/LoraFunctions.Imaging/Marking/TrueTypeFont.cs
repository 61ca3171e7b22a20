using System.Buffers.Binary;

namespace LoraFunctions.Imaging.Marking;

/// <summary>
/// Reads the outlines of the fonts this assembly ships: the TrueType tables <c>head, maxp, cmap</c> (format 4),
/// <c>hhea, hmtx, loca, glyf</c>, as the OpenType specification (ISO/IEC 14496-22) lays them out. No hinting, no kerning.
/// </summary>
internal sealed class TrueTypeFont
{
    private const int OnCurveFlag = 1;
    private const int XShortFlag = 2;
    private const int YShortFlag = 4;
    private const int RepeatFlag = 8;
    private const int XSameOrPositiveFlag = 16;
    private const int YSameOrPositiveFlag = 32;

    private const int WordArguments = 1;
    private const int ArgumentsAreOffsets = 2;
    private const int HasScale = 8;
    private const int MoreComponents = 0x20;
    private const int HasTwoScales = 0x40;
    private const int HasMatrix = 0x80;

    private readonly byte[] _file;
    private readonly Dictionary<string, (int Offset, int Length)> _tables = [];
    private readonly bool _longOffsets;
    private readonly int _horizontalMetrics;

    public TrueTypeFont(byte[] file)
    {
        _file = file;
        int tables = U16(4);
        for (var i = 0; i < tables; i++)
        {
            var entry = 12 + (16 * i);
            _tables[System.Text.Encoding.ASCII.GetString(file, entry, 4)] = ((int)U32(entry + 8), (int)U32(entry + 12));
        }

        UnitsPerEm = U16(Table("head") + 18);
        _longOffsets = S16(Table("head") + 50) != 0;
        _horizontalMetrics = U16(Table("hhea") + 34);
    }

    public int UnitsPerEm { get; }

    /// <summary>The glyph of a character of the basic plane; 0, the empty box, when the font has none.</summary>
    public int Glyph(char character)
    {
        var cmap = Table("cmap");
        int encodings = U16(cmap + 2);
        for (var i = 0; i < encodings; i++)
        {
            var table = cmap + (int)U32(cmap + 4 + (8 * i) + 4);
            if (U16(table) == 4)
            {
                return GlyphOfFormat4(table, character);
            }
        }

        throw new InvalidDataException("The font has no character map of format 4.");
    }

    /// <summary>Width to the next glyph, in font units.</summary>
    public int Advance(int glyph) => U16(Table("hmtx") + (4 * Math.Min(glyph, _horizontalMetrics - 1)));

    public GlyphOutline Outline(int glyph)
    {
        var contours = new List<IReadOnlyList<GlyphPoint>>();
        Collect(glyph, contours, point => point);
        return contours.Count == 0 ? GlyphOutline.Empty : new GlyphOutline(contours);
    }

    private int GlyphOfFormat4(int table, char character)
    {
        var segments = U16(table + 6) / 2;
        var ends = table + 14;
        var starts = ends + (2 * segments) + 2;
        var deltas = starts + (2 * segments);
        var offsets = deltas + (2 * segments);
        for (var i = 0; i < segments; i++)
        {
            if (character > U16(ends + (2 * i)))
            {
                continue;
            }

            int start = U16(starts + (2 * i));
            if (character < start)
            {
                return 0;
            }

            int offset = U16(offsets + (2 * i));
            int delta = S16(deltas + (2 * i));
            if (offset == 0)
            {
                return (character + delta) & 0xFFFF;
            }

            int glyph = U16(offsets + (2 * i) + offset + (2 * (character - start)));
            return glyph == 0 ? 0 : (glyph + delta) & 0xFFFF;
        }

        return 0;
    }

    private void Collect(int glyph, List<IReadOnlyList<GlyphPoint>> contours, Func<GlyphPoint, GlyphPoint> place)
    {
        var loca = Table("loca");
        var (from, to) = _longOffsets
            ? ((int)U32(loca + (4 * glyph)), (int)U32(loca + (4 * glyph) + 4))
            : (U16(loca + (2 * glyph)) * 2, U16(loca + (2 * glyph) + 2) * 2);
        if (from == to)
        {
            return;
        }

        var at = Table("glyf") + from;
        int count = S16(at);
        if (count < 0)
        {
            CollectComponents(at + 10, contours, place);
        }
        else
        {
            CollectSimple(at + 10, count, contours, place);
        }
    }

    private void CollectComponents(int at, List<IReadOnlyList<GlyphPoint>> contours, Func<GlyphPoint, GlyphPoint> place)
    {
        int flags;
        do
        {
            flags = U16(at);
            int glyph = U16(at + 2);
            at += 4;
            if ((flags & ArgumentsAreOffsets) == 0)
            {
                throw new InvalidDataException("The font places a component by matching points, which is not read.");
            }

            var (dx, dy) = (flags & WordArguments) != 0 ? (S16(at), S16(at + 2)) : ((short)(sbyte)_file[at], (short)(sbyte)_file[at + 1]);
            at += (flags & WordArguments) != 0 ? 4 : 2;
            var (xx, xy, yx, yy) = (1.0, 0.0, 0.0, 1.0);
            if ((flags & HasScale) != 0)
            {
                xx = yy = Fixed(at);
                at += 2;
            }
            else if ((flags & HasTwoScales) != 0)
            {
                (xx, yy) = (Fixed(at), Fixed(at + 2));
                at += 4;
            }
            else if ((flags & HasMatrix) != 0)
            {
                (xx, xy, yx, yy) = (Fixed(at), Fixed(at + 2), Fixed(at + 4), Fixed(at + 6));
                at += 8;
            }

            Collect(glyph, contours, p => place(new GlyphPoint((p.X * xx) + (p.Y * yx) + dx, (p.X * xy) + (p.Y * yy) + dy, p.OnCurve)));
        }
        while ((flags & MoreComponents) != 0);
    }

    private void CollectSimple(int at, int count, List<IReadOnlyList<GlyphPoint>> contours, Func<GlyphPoint, GlyphPoint> place)
    {
        var ends = new int[count];
        for (var i = 0; i < count; i++)
        {
            ends[i] = U16(at + (2 * i));
        }

        var points = count == 0 ? 0 : ends[^1] + 1;
        at += 2 * count;
        at += 2 + U16(at); // the hinting instructions
        var flags = new byte[points];
        for (var i = 0; i < points;)
        {
            var flag = _file[at++];
            var times = (flag & RepeatFlag) != 0 ? _file[at++] + 1 : 1;
            while (times-- > 0)
            {
                flags[i++] = flag;
            }
        }

        var xs = Coordinates(ref at, flags, XShortFlag, XSameOrPositiveFlag);
        var ys = Coordinates(ref at, flags, YShortFlag, YSameOrPositiveFlag);
        var first = 0;
        foreach (var end in ends)
        {
            var contour = new GlyphPoint[end - first + 1];
            for (var i = first; i <= end; i++)
            {
                contour[i - first] = place(new GlyphPoint(xs[i], ys[i], (flags[i] & OnCurveFlag) != 0));
            }

            contours.Add(contour);
            first = end + 1;
        }
    }

    private int[] Coordinates(ref int at, byte[] flags, int shortFlag, int sameOrPositiveFlag)
    {
        var result = new int[flags.Length];
        var value = 0;
        for (var i = 0; i < flags.Length; i++)
        {
            var sameOrPositive = (flags[i] & sameOrPositiveFlag) != 0;
            if ((flags[i] & shortFlag) != 0)
            {
                value += sameOrPositive ? _file[at] : -_file[at];
                at++;
            }
            else if (!sameOrPositive)
            {
                value += S16(at);
                at += 2;
            }

            result[i] = value;
        }

        return result;
    }

    private int Table(string name) => _tables.TryGetValue(name, out var table)
        ? table.Offset
        : throw new InvalidDataException($"The font has no table '{name}'.");

    private ushort U16(int at) => BinaryPrimitives.ReadUInt16BigEndian(_file.AsSpan(at));

    private short S16(int at) => BinaryPrimitives.ReadInt16BigEndian(_file.AsSpan(at));

    private uint U32(int at) => BinaryPrimitives.ReadUInt32BigEndian(_file.AsSpan(at));

    private double Fixed(int at) => S16(at) / 16384.0;
}
