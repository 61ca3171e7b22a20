using LoraFunctions.Diffusion.Checkpoints;
using LoraFunctions.Diffusion.Safetensors;
using TorchSharp;
using static TorchSharp.torch;

namespace LoraFunctions.Diffusion.Lora;

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
