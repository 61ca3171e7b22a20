using LoraFunctions.Diffusion.Safetensors;
using TorchSharp;
using static TorchSharp.torch;

namespace LoraFunctions.Diffusion.Lora;

/// <summary>Copies a safetensors file tensor by tensor with some of them changed; one tensor is in memory at a time.</summary>
internal static class SafetensorsRewrite
{
    /// <param name="change">Null: the tensor stays as it is.</param>
    /// <param name="precision">Of every floating-point tensor; null: each keeps its own.</param>
    /// <exception cref="LoraException">A changed weight is not finite in its precision; nothing is left behind.</exception>
    /// <exception cref="IOException">The disk refuses; nothing is left behind.</exception>
    public static void Write(
        SafetensorsFile source,
        string path,
        Predicate<string> isDropped,
        Func<string, Func<Tensor, Tensor>?> change,
        ScalarType? precision,
        IReadOnlyDictionary<string, string> metadata,
        CancellationToken cancellationToken)
    {
        var partial = path + ".partial";
        try
        {
            using (var stream = new FileStream(partial, FileMode.Create, FileAccess.Write, FileShare.None, 1 << 16))
            {
                var entries = source.Entries
                    .Where(e => !isDropped(e.Name))
                    .Select(e => (Entry: e, Dtype: DtypeOf(e, precision)))
                    .OrderByDescending(e => e.Dtype)
                    .ThenBy(e => e.Entry.Name, StringComparer.Ordinal)
                    .ToArray();
                stream.Write(SafetensorsWriter.Header(entries.Select(e => (e.Entry.Name, e.Dtype, e.Entry.Shape.ToArray())), metadata.Count > 0 ? metadata : null));
                foreach (var (entry, dtype) in entries)
                {
                    cancellationToken.ThrowIfCancellationRequested();
                    using var scope = NewDisposeScope();
                    var stored = source.ReadTensor(entry.Name);
                    var changed = change(entry.Name)?.Invoke(stored);
                    var written = (changed ?? stored).to(dtype.ToTorch()!.Value);
                    if ((changed is not null || dtype != entry.Dtype) && !written.isfinite().all().item<bool>())
                    {
                        throw new LoraException($"{path}: {entry.Name} would have values that are not finite in {dtype}; lower the strength, or write with another precision.");
                    }

                    SafetensorsWriter.WriteData(stream, written);
                }

                stream.Flush(flushToDisk: true);
            }

            DurableFile.Rename(partial, path);
        }
        catch
        {
            File.Delete(partial);
            throw;
        }
    }

    private static SafetensorsDtype DtypeOf(SafetensorsEntry entry, ScalarType? precision) =>
        precision is { } type && entry.Dtype is (SafetensorsDtype.F16 or SafetensorsDtype.BF16 or SafetensorsDtype.F32 or SafetensorsDtype.F64)
            ? SafetensorsDtypes.FromTorch(type)
            : entry.Dtype;
}
