using LoraFunctions.Diffusion.Checkpoints;
using Microsoft.Win32.SafeHandles;
using TorchSharp;
using static TorchSharp.torch;

namespace LoraFunctions.Diffusion.Safetensors;

/// <summary>
/// A safetensors file opened for reading. The header is checked whole on opening; tensors are then read one by one straight
/// into their memory, so files and tensors may be larger than 2 GB and nothing is held twice. Safe for use by several threads.
/// </summary>
public sealed class SafetensorsFile : IDisposable
{
    // Tensor.bytes is a span, so one piece stays far below 2 GiB.
    private const long PieceBytes = 256L << 20;

    private readonly SafeFileHandle? handle;
    private readonly ReadOnlyMemory<byte> memory;
    private readonly SafetensorsHeader header;

    private SafetensorsFile(
        string path, SafeFileHandle? handle, ReadOnlyMemory<byte> memory, SafetensorsHeader header, long dataOffset, long length)
    {
        Path = path;
        this.handle = handle;
        this.memory = memory;
        this.header = header;
        DataOffset = dataOffset;
        Length = length;
    }

    /// <summary>As it was given; error messages begin with it.</summary>
    public string Path { get; }

    /// <summary>Bytes of the whole file.</summary>
    public long Length { get; }

    /// <summary>Where the data begins: 8 + length of the header.</summary>
    public long DataOffset { get; }

    /// <summary>Strings the writer left; empty without any.</summary>
    public IReadOnlyDictionary<string, string> Metadata => header.Metadata;

    /// <summary>Every tensor, in the order of their data.</summary>
    public IReadOnlyList<SafetensorsEntry> Entries => header.Entries;

    /// <summary>Every tensor by its name.</summary>
    public IReadOnlyDictionary<string, SafetensorsEntry> ByName => header.ByName;

    /// <exception cref="CheckpointException">The file is missing or unreadable, or its header breaks a rule of the format.</exception>
    public static SafetensorsFile Open(string path)
    {
        SafeFileHandle? opened = null;
        try
        {
            opened = File.OpenHandle(path, options: FileOptions.RandomAccess);
            var length = RandomAccess.GetLength(opened);
            Span<byte> first = stackalloc byte[FileSignature.Looked];
            var got = ReadAll(opened, first, 0);
            var headerLength = SafetensorsHeader.Length(path, first[..got], length);
            var json = new byte[headerLength];
            if (ReadAll(opened, json, 8) != headerLength)
            {
                throw new CheckpointException($"{path}: the file shrank while its header was read.");
            }

            var parsed = SafetensorsHeader.Parse(path, json, length - 8 - headerLength);
            var file = new SafetensorsFile(path, opened, default, parsed, 8 + headerLength, length);
            opened = null;
            return file;
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            throw new CheckpointException(
                File.Exists(path) ? $"{path}: cannot be read ({fault.Message})." : $"{path}: there is no such file.", fault);
        }
        finally
        {
            opened?.Dispose();
        }
    }

    /// <summary>The same over bytes in memory.</summary>
    /// <param name="name">Stands for the path in error messages.</param>
    /// <exception cref="CheckpointException">The header breaks a rule of the format.</exception>
    public static SafetensorsFile Open(ReadOnlyMemory<byte> content, string name)
    {
        var headerLength = SafetensorsHeader.Length(name, content.Span[..Math.Min(FileSignature.Looked, content.Length)], content.Length);
        var parsed = SafetensorsHeader.Parse(name, content.Span.Slice(8, headerLength), content.Length - 8 - headerLength);
        return new SafetensorsFile(name, null, content, parsed, 8 + headerLength, content.Length);
    }

    /// <summary>A new tensor on the CPU with the file's dtype and shape.</summary>
    /// <exception cref="CheckpointException">No such tensor, a dtype torch cannot hold here, or the file was cut meanwhile.</exception>
    public Tensor ReadTensor(string name)
    {
        var entry = Entry(name);
        var result = empty([.. entry.Shape], dtype: TorchType(entry), device: CPU);
        try
        {
            ReadContiguous(entry, result);
            return result;
        }
        catch
        {
            result.Dispose();
            throw;
        }
    }

    /// <summary>
    /// Fills a tensor of the same shape, converting to its dtype, device and memory layout. Where nothing is to be converted the
    /// bytes go straight from the file into it.
    /// </summary>
    /// <exception cref="CheckpointException">No such tensor, another shape, a dtype torch cannot hold here, or the file was cut
    /// meanwhile.</exception>
    public void ReadInto(string name, Tensor destination)
    {
        var entry = Entry(name);
        if (!entry.Shape.SequenceEqual(destination.shape))
        {
            throw new CheckpointException($"{Path}: tensor '{CheckpointException.Printable(name)}' is [{string.Join(", ", entry.Shape)}], "
                + $"expected [{string.Join(", ", destination.shape)}].");
        }

        if (destination.device_type == DeviceType.CPU && destination.dtype == TorchType(entry) && destination.is_contiguous())
        {
            ReadContiguous(entry, destination);
            return;
        }

        using var grad = no_grad();
        using var staged = ReadTensor(name);
        destination.copy_(staged);
    }

    public void Dispose() => handle?.Dispose();

    internal SafetensorsEntry Entry(string name) =>
        header.ByName.TryGetValue(name, out var entry)
            ? entry : throw new CheckpointException($"{Path}: holds no tensor '{CheckpointException.Printable(name)}'.");

    private ScalarType TorchType(SafetensorsEntry entry) =>
        entry.Dtype.ToTorch() ?? throw new CheckpointException($"{Path}: tensor '{CheckpointException.Printable(entry.Name)}' is "
            + $"{entry.Dtype}, which cannot be computed with here; convert it to F16, BF16 or F32.");

    private void ReadContiguous(SafetensorsEntry entry, Tensor destination)
    {
        if (entry.ByteCount == 0)
        {
            return;
        }

        using var scope = NewDisposeScope();
        using var grad = no_grad();
        var flat = destination.detach().view(-1);
        var pieceElements = PieceBytes / entry.Dtype.Size();
        for (long done = 0; done < entry.ElementCount; done += pieceElements)
        {
            using var piece = flat.slice(0, done, Math.Min(done + pieceElements, entry.ElementCount), 1);
            ReadBytes(entry, done * entry.Dtype.Size(), piece.bytes);
        }
    }

    private void ReadBytes(SafetensorsEntry entry, long skip, Span<byte> target)
    {
        var offset = DataOffset + entry.Begin + skip;
        if (handle is null)
        {
            memory.Span.Slice(checked((int)offset), target.Length).CopyTo(target);
            return;
        }

        try
        {
            if (ReadAll(handle, target, offset) == target.Length)
            {
                return;
            }
        }
        catch (IOException fault)
        {
            throw new CheckpointException(
                $"{Path}: tensor '{CheckpointException.Printable(entry.Name)}' cannot be read ({fault.Message}).", fault);
        }

        throw new CheckpointException($"{Path}: tensor '{CheckpointException.Printable(entry.Name)}': the file shrank while it was read.");
    }

    private static int ReadAll(SafeFileHandle handle, Span<byte> target, long offset)
    {
        var done = 0;
        while (done < target.Length)
        {
            var got = RandomAccess.Read(handle, target[done..], offset + done);
            if (got == 0)
            {
                break;
            }

            done += got;
        }

        return done;
    }
}
