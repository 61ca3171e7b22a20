using LoraFunctions.Diffusion.Models;
using TorchSharp;
using static TorchSharp.torch;

namespace LoraFunctions.Diffusion.Checkpoints;

/// <summary>
/// Builds a network from a checkpoint in two goes: on the meta device, to compare every name and shape with the file, and then for real,
/// each parameter read straight into the memory it stays in. So nothing is read before everything fits, and weights are never held twice.
/// </summary>
internal sealed class NetworkLoader(TensorFiles files, CheckpointFaults faults)
{
    private readonly HashSet<string> used = new(StringComparer.Ordinal);

    /// <summary>Compares a network with the file; what does not fit goes to the faults.</summary>
    /// <param name="namesInFile">Names a parameter may have in the file, the usual one first.</param>
    public void Check(Func<ParameterSource, nn.Module> build, Func<string, IEnumerable<string>> namesInFile)
    {
        using var network = build(ParameterSource.Meta);
        foreach (var (name, parameter) in network.named_parameters())
        {
            var candidates = namesInFile(name).ToList();
            var found = candidates.Find(candidate => files.Find(candidate) is not null);
            if (found is null)
            {
                faults.Missing(files.Name, candidates[0], parameter.shape);
                continue;
            }

            used.Add(found);
            var shape = files.ShapeOf(found);
            if (!Fits(shape, parameter.shape))
            {
                faults.Misshaped(files.Name, found, shape, parameter.shape);
            }
        }
    }

    /// <summary>What no checked network has asked for.</summary>
    public void CheckLeftOver(Predicate<string> isIgnored)
    {
        foreach (var name in files.Names.Where(name => !used.Contains(name) && !isIgnored(name)).Order(StringComparer.Ordinal))
        {
            faults.LeftOver(files.Name, name);
        }
    }

    /// <summary>The network with its weights in memory. Call after <see cref="Check"/> found nothing.</summary>
    public static T Load<T>(
        TensorFiles files, Func<ParameterSource, T> build, Func<string, IEnumerable<string>> namesInFile, ScalarType dtype, Device device)
        where T : nn.Module
    {
        var source = new FileSource(files, namesInFile, dtype, device);
        try
        {
            var network = build(source);
            network.eval();
            return network;
        }
        catch
        {
            source.DisposeEverything();
            throw;
        }
    }

    /// <summary>A linear layer may be stored as the 1x1 convolution it is, and the other way round.</summary>
    private static bool Fits(IReadOnlyList<long> stored, IReadOnlyList<long> wanted) =>
        stored.SequenceEqual(wanted) || Matrix(stored)?.SequenceEqual(Matrix(wanted) ?? []) == true;

    private static IReadOnlyList<long>? Matrix(IReadOnlyList<long> shape) => shape switch
    {
        [_, _] => shape,
        [var rows, var columns, 1, 1] => [rows, columns],
        _ => null,
    };

    private sealed class FileSource(TensorFiles files, Func<string, IEnumerable<string>> namesInFile, ScalarType dtype, Device device)
        : ParameterSource
    {
        private readonly List<Tensor> created = [];

        public override Tensor Create(string name, IReadOnlyList<long> shape, ParameterKind kind)
        {
            var stored = namesInFile(name).First(candidate => files.Find(candidate) is not null);
            var result = EmptyFor(shape, kind, dtype, device);
            created.Add(result);
            var storedShape = files.ShapeOf(stored);
            if (storedShape.Count == shape.Count)
            {
                files.ReadInto(stored, result);
            }
            else
            {
                using var view = result.view([.. storedShape]);
                files.ReadInto(stored, view);
            }

            return result;
        }

        public void DisposeEverything() => created.ForEach(tensor => tensor.Dispose());
    }
}

/// <summary>One network of a checkpoint: how it is built and what its parameters are called in the file.</summary>
internal sealed record NetworkPart<T>(TensorFiles Files, Func<ParameterSource, T> Build, Func<string, IEnumerable<string>> NamesInFile)
    where T : nn.Module
{
    public void Check(NetworkLoader loader) => loader.Check(Build, NamesInFile);

    public T Load(ScalarType dtype, Device device) => NetworkLoader.Load(Files, Build, NamesInFile, dtype, device);
}
