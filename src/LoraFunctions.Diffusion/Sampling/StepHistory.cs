using static TorchSharp.torch;

namespace LoraFunctions.Diffusion.Sampling;

/// <summary>
/// Tensors that a multistep sampler keeps from earlier steps, the latest first. Owns them; outlives the dispose scopes of the steps.
/// </summary>
public sealed class StepHistory : IDisposable
{
    private readonly List<Tensor> kept = [];

    public int Count => kept.Count;

    /// <summary>0: the latest.</summary>
    public Tensor this[int age] => kept[age];

    /// <summary>Keeps a tensor and lets go of those beyond <paramref name="limit"/>.</summary>
    public void Push(Tensor tensor, int limit)
    {
        kept.Insert(0, tensor.DetachFromDisposeScope());
        while (kept.Count > limit)
        {
            kept[^1].Dispose();
            kept.RemoveAt(kept.Count - 1);
        }
    }

    public void Dispose()
    {
        foreach (var tensor in kept)
        {
            tensor.Dispose();
        }

        kept.Clear();
    }
}
