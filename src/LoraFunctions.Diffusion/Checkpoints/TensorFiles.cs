using System.Text.Json;
using LoraFunctions.Diffusion.Safetensors;

namespace LoraFunctions.Diffusion.Checkpoints;

/// <summary>The tensors of one checkpoint: a single file, or the shards an index names.</summary>
internal sealed class TensorFiles : IDisposable
{
    private readonly List<SafetensorsFile> files;
    private readonly Dictionary<string, SafetensorsFile> byName = new(StringComparer.Ordinal);

    private TensorFiles(string name, List<SafetensorsFile> files)
    {
        Name = name;
        this.files = files;
        foreach (var file in files)
        {
            foreach (var entry in file.Entries)
            {
                if (!byName.TryAdd(entry.Name, file))
                {
                    throw new CheckpointException(
                        $"{file.Path}: tensor '{CheckpointException.Printable(entry.Name)}' is also in {byName[entry.Name].Path}.");
                }
            }
        }
    }

    /// <summary>The file errors are about; the index where there are shards.</summary>
    public string Name { get; }

    public IReadOnlyCollection<string> Names => byName.Keys;

    public IReadOnlyList<string> Paths => [.. files.Select(file => file.Path)];

    public static TensorFiles Open(string path) => Of(path, [path]);

    public static TensorFiles Open(SafetensorsFile file) => new(file.Path, [file]);

    /// <summary>The weights of one part of a model: <c>{stem}.safetensors</c>, its shards, or its fp16 variant.</summary>
    /// <exception cref="CheckpointException">None of them is there; the message says where it looked.</exception>
    public static TensorFiles OpenPart(string folder, string stem)
    {
        var names = new[] { $"{stem}.safetensors", $"{stem}.safetensors.index.json", $"{stem}.fp16.safetensors",
            $"{stem}.bf16.safetensors" };
        var found = names.FirstOrDefault(name => File.Exists(Path.Combine(folder, name)));
        if (found is null)
        {
            var pickle = new[] { $"{stem}.bin", "pytorch_model.bin" }.FirstOrDefault(name => File.Exists(Path.Combine(folder, name)));
            throw new CheckpointException(pickle is null
                ? $"{folder}: holds no weights; looked for {string.Join(", ", names)}."
                : $"{Path.Combine(folder, pickle)}: is a PyTorch pickle, which can run code when read; convert it to {names[0]}.");
        }

        var path = Path.Combine(folder, found);
        return found.EndsWith(".json", StringComparison.Ordinal) ? Of(path, Shards(path)) : Open(path);
    }

    public SafetensorsFile? Find(string name) => byName.GetValueOrDefault(name);

    public void Dispose() => files.ForEach(file => file.Dispose());

    private static TensorFiles Of(string name, IEnumerable<string> paths)
    {
        var opened = new List<SafetensorsFile>();
        try
        {
            foreach (var path in paths)
            {
                opened.Add(SafetensorsFile.Open(path));
            }

            return new TensorFiles(name, opened);
        }
        catch
        {
            opened.ForEach(file => file.Dispose());
            throw;
        }
    }

    private static List<string> Shards(string index)
    {
        var map = JsonFile.Read(index);
        if (map.ValueKind != JsonValueKind.Object || !map.TryGetProperty(
            "weight_map", out var weights) || weights.ValueKind != JsonValueKind.Object)
        {
            throw new CheckpointException($"{index}: has no weight_map.");
        }

        var folder = Path.GetDirectoryName(index)!;
        var names = weights.EnumerateObject().Select(pair => pair.Value.ToString()).Distinct(StringComparer.Ordinal)
            .Order(StringComparer.Ordinal).ToList();
        foreach (var name in names)
        {
            if (name.Length == 0 || Path.GetFileName(name) != name)
            {
                throw new CheckpointException($"{index}: '{CheckpointException.Printable(name)}' is no file name beside it.");
            }
        }

        return [.. names.Select(name => Path.Combine(folder, name))];
    }
}
