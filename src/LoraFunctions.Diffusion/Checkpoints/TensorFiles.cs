using System.Text.Json;
using LoraFunctions.Diffusion.Safetensors;
using static TorchSharp.torch;

namespace LoraFunctions.Diffusion.Checkpoints;

/// <summary>The tensors of one checkpoint: a single file, or the shards an index names.</summary>
internal sealed class TensorFiles : IDisposable
{
    private readonly List<SafetensorsFile> files;
    private readonly Dictionary<string, SafetensorsFile> byName = new(StringComparer.Ordinal);

    // Names that stand for a part of a tensor in the file, or for one that lies there transposed.
    private readonly Dictionary<string, (string Stored, TensorPiece Piece)> pieces = new(StringComparer.Ordinal);

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

    /// <summary>From here on the tensors go by other names, each a piece of one in the files.</summary>
    public void Rename(Func<string, IEnumerable<(string Name, TensorPiece Piece)>> names)
    {
        foreach (var (stored, file) in byName.ToList())
        {
            byName.Remove(stored);
            foreach (var (name, piece) in names(stored))
            {
                byName.Add(name, file);
                pieces[name] = (stored, piece);
            }
        }
    }

    /// <param name="name">One of <see cref="Names"/>.</param>
    public IReadOnlyList<long> ShapeOf(string name)
    {
        var (stored, piece) = pieces.GetValueOrDefault(name, (name, TensorPiece.Whole));
        var shape = byName[name].ByName[stored].Shape;
        return piece switch
        {
            TensorPiece.Whole => shape,
            TensorPiece.Transposed => [.. shape.Reverse()],
            _ => shape.Count > 0 && shape[0] % 3 == 0 ? [shape[0] / 3, .. shape.Skip(1)] : shape,
        };
    }

    /// <summary>Fills a tensor of the shape of <see cref="ShapeOf"/>, converting to its dtype, device and memory layout.</summary>
    public void ReadInto(string name, Tensor destination)
    {
        var (stored, piece) = pieces.GetValueOrDefault(name, (name, TensorPiece.Whole));
        if (piece == TensorPiece.Whole)
        {
            byName[name].ReadInto(stored, destination);
            return;
        }

        using var scope = NewDisposeScope();
        var whole = byName[name].ReadTensor(stored);
        var third = whole.shape[0] / 3;
        destination.copy_(piece == TensorPiece.Transposed ? whole.t() : whole.narrow(0, (piece - TensorPiece.FirstThird) * third, third));
    }

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

/// <summary>Which part of a tensor in a file a parameter is.</summary>
internal enum TensorPiece
{
    Whole,

    /// <summary>Rows and columns of a matrix exchanged.</summary>
    Transposed,

    /// <summary>The first third of its rows (q of stacked q, k, v), and so on.</summary>
    FirstThird,

    SecondThird,

    LastThird,
}
