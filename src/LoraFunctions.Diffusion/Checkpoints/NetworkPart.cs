using LoraFunctions.Diffusion.Models;
using static TorchSharp.torch;

namespace LoraFunctions.Diffusion.Checkpoints;

/// <summary>One network of a checkpoint: how it is built and what its parameters are called in the file.</summary>
internal sealed record NetworkPart<T>(TensorFiles Files, Func<ParameterSource, T> Build, Func<string, IEnumerable<string>> NamesInFile)
    where T : nn.Module
{
    public void Check(NetworkLoader loader) => loader.Check(Build, NamesInFile);

    public T Load(ScalarType dtype, Device device) => NetworkLoader.Load(Files, Build, NamesInFile, dtype, device);
}
