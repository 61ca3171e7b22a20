using Microsoft.Win32.SafeHandles;

namespace LoraFunctions.Showroom.Pretraining;

/// <summary>
/// Rows of equal length in one file, made when they are first needed. A row depends on its number alone, so a cache that was cut off, or lost,
/// is filled up again with the same bytes.
/// </summary>
internal sealed class GrowingCache : IDisposable
{
    private readonly SafeFileHandle file;
    private readonly int rowBytes;
    private readonly Func<int, int, byte[]> make;

    /// <param name="make">First row and count to their bytes.</param>
    public GrowingCache(string path, int rowBytes, Func<int, int, byte[]> make)
    {
        this.rowBytes = rowBytes;
        this.make = make;
        file = File.OpenHandle(path, FileMode.OpenOrCreate, FileAccess.ReadWrite);
        Count = (int)(RandomAccess.GetLength(file) / rowBytes);
    }

    public int Count { get; private set; }

    /// <summary>Makes what is missing of the first so many rows.</summary>
    public void Fill(int count)
    {
        const int piece = 16;
        while (Count < count)
        {
            int rows = Math.Min(piece, count - Count);
            RandomAccess.Write(file, make(Count, rows), (long)Count * rowBytes);
            Count += rows;
        }
    }

    public byte[] Read(IReadOnlyList<int> rows)
    {
        var bytes = new byte[rows.Count * rowBytes];
        foreach ((int at, int row) in rows.Index())
        {
            Span<byte> rest = bytes.AsSpan(at * rowBytes, rowBytes);
            long offset = (long)row * rowBytes;
            while (rest.Length > 0)
            {
                int got = RandomAccess.Read(file, rest, offset);
                if (got == 0)
                {
                    throw new EndOfStreamException($"The cache has {Count} rows; row {row} was asked for before it was made.");
                }

                rest = rest[got..];
                offset += got;
            }
        }

        return bytes;
    }

    public void Dispose() => file.Dispose();
}
