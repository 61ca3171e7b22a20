using LoraFunctions.Diffusion.Models;
using LoraFunctions.Diffusion.Models.Layers;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace LoraFunctions.Diffusion.Lora;

/// <summary>What is attached to one layer: for every adapter of the network its low-rank pair (null where that LoRA skips the layer).</summary>
internal sealed class LayerAdapter(LoraLayerName name, IReadOnlyList<LowRank?> pairs, PartState state) : ILayerAdapter, IDisposable
{
    private readonly int[] _all = [.. Enumerable.Range(0, pairs.Count)];

    /// <summary>[B, ...] in and out. Rows without an adapter come back bit for bit.</summary>
    public Tensor Apply(Tensor input, Tensor output)
    {
        using var scope = NewDisposeScope();
        if (state.Rows is not { } rows)
        {
            return Delta(input, _all) is { } every ? output.PlusInPlace(every) : output;
        }

        if (input.shape[0] != rows.RowCount)
        {
            throw new InvalidOperationException(
                $"The layer {name} got {input.shape[0]} rows, but adapters are named for {rows.RowCount}. Set the network's rows for each batch.");
        }

        if (rows.Segments is [var only])
        {
            return Delta(input, only.Adapters) is { } every ? output.PlusInPlace(every) : output;
        }

        var deltas = rows.Segments.Select(s => Delta(input.narrow(0, s.Start, s.Length), s.Adapters)).ToArray();
        if (is_grad_enabled() && deltas.All(d => d is not null))
        {
            // One addition of the joined deltas: writing into slices would make the backward pass copy the whole gradient per slice.
            return output.PlusInPlace(cat(deltas!, 0));
        }

        foreach (var (segment, delta) in rows.Segments.Zip(deltas))
        {
            if (delta is not null)
            {
                output.narrow(0, segment.Start, segment.Length).PlusInPlace(delta);
            }
        }

        return output;
    }

    public void Dispose()
    {
        foreach (var pair in pairs)
        {
            pair?.Dispose();
        }
    }

    private Tensor? Delta(Tensor x, IReadOnlyList<int> adapters)
    {
        Tensor? sum = null;
        foreach (var a in adapters)
        {
            if (pairs[a] is { } pair && state.Strengths[a] != 0)
            {
                var delta = pair.Delta(x, state.Strengths[a], state.DropoutMask?.Invoke(a, name));
                delta = state.Masks is { } masks ? Masked(delta, masks[a]) : delta;
                sum = sum is null ? delta : sum.PlusInPlace(delta);
            }
        }

        return sum;
    }

    /// <summary>Masked at the layer's own size; tokens of a prompt are left as they are.</summary>
    private static Tensor Masked(Tensor delta, Tensor mask)
    {
        if (delta.dim() == 4)
        {
            return delta.mul_(functional.adaptive_avg_pool2d(mask, [delta.shape[2], delta.shape[3]]).to(delta.dtype));
        }

        return TokenMask.Of(mask, delta.shape[1]) is { } cells ? delta.mul_(cells.to(delta.dtype)) : delta;
    }
}
