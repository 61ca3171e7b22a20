using LoraFunctions.Diffusion.Checkpoints;
using LoraFunctions.Diffusion.Lora;
using LoraFunctions.Diffusion.Safetensors;
using TorchSharp;
using static TorchSharp.torch;

namespace LoraFunctions.Diffusion.WeightTools;

/// <summary>
/// Copies a diffusers folder with merged weights. Configurations, vocabulary and the parts no LoRA is for come along as they are; other sets
/// of weights (another precision, a pickle, a single file at the top) would hold the base unmerged under the new name, and do not.
/// </summary>
internal static class MergedFolder
{
    private static readonly string[] s_weightEndings = [".safetensors", ".safetensors.index.json", ".bin", ".bin.index.json", ".msgpack", ".onnx", ".onnx_data", ".ckpt", ".pt", ".pth"];

    /// <returns>Files that were left out, relative to the base.</returns>
    public static List<string> Write(
        string folder,
        string output,
        StableDiffusionParts parts,
        Func<SafetensorsFile, string, Func<Tensor, Tensor>?> changed,
        ScalarType? precision,
        CancellationToken cancellationToken)
    {
        var root = Path.GetFullPath(folder);
        var opened = new[] { parts.Unet.Files, parts.TextEncoder.Files, parts.Vae.Files }
            .SelectMany(f => f.Names.Select(n => f.Find(n)!)).Distinct()
            .ToDictionary(f => Path.GetFullPath(f.Path));
        string[] indices = [parts.Unet.Files.Name, parts.TextEncoder.Files.Name, parts.Vae.Files.Name];
        var used = indices.Select(Path.GetFullPath).Concat(opened.Keys).ToHashSet(StringComparer.Ordinal);
        var network = new[] { "unet", "text_encoder", "vae" };

        var partial = Path.TrimEndingDirectorySeparator(Path.GetFullPath(output)) + ".partial";
        var leftOut = new List<string>();
        DeleteIfThere(partial); // of a run that was killed
        try
        {
            foreach (var path in Directory.EnumerateFiles(root, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal))
            {
                cancellationToken.ThrowIfCancellationRequested();
                var name = Path.GetRelativePath(root, path).Replace('\\', '/');
                if (name.Split('/').Any(n => n.StartsWith('.')))
                {
                    continue;
                }

                var isForeign = !used.Contains(path) && Array.Exists(s_weightEndings, e => name.EndsWith(e, StringComparison.OrdinalIgnoreCase))
                    && (!name.Contains('/', StringComparison.Ordinal) || network.Contains(name[..name.IndexOf('/', StringComparison.Ordinal)], StringComparer.Ordinal));
                if (isForeign)
                {
                    leftOut.Add(name);
                    continue;
                }

                var target = Path.Combine(partial, name);
                Directory.CreateDirectory(Path.GetDirectoryName(target)!);
                if (opened.TryGetValue(path, out var file) && (precision is not null || file.Entries.Any(e => changed(file, e.Name) is not null)))
                {
                    SafetensorsRewrite.Write(file, target, _ => false, n => changed(file, n), precision, file.Metadata, cancellationToken);
                }
                else
                {
                    File.Copy(path, target, overwrite: true);
                }
            }

            if (Directory.Exists(output))
            {
                // Empty, or it would not have come this far.
                Directory.Delete(output);
            }

            Directory.Move(partial, output);
            return leftOut;
        }
        catch
        {
            DeleteIfThere(partial);
            throw;
        }
    }

    private static void DeleteIfThere(string folder)
    {
        if (Directory.Exists(folder))
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}

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
