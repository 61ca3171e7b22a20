using LoraFunctions.Diffusion.Models;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace LoraFunctions.Diffusion.Lora;

/// <summary>A low-rank pair shaped for one layer, as the forward pass uses it.</summary>
internal sealed class LowRank : IDisposable
{
    private readonly IAdaptableLayer _layer;
    private readonly Tensor _down;
    private readonly Tensor _up;
    private readonly Tensor? _mid;
    private readonly bool _owned;

    /// <param name="owned">Whether the tensors are this object's to dispose; else a trainer's.</param>
    public LowRank(IAdaptableLayer layer, Tensor down, Tensor up, Tensor? mid, double scale, bool owned)
    {
        (_layer, _down, _up, _mid, Scale, _owned) = (layer, down, up, mid, scale, owned);
    }

    public double Scale { get; }

    /// <summary>Copies of a module's tensors in the layer's own kind of shape, precision and place.</summary>
    /// <exception cref="LoraException">The module is for a layer of another size.</exception>
    public static LowRank For(LoraModule module, IAdaptableLayer layer)
    {
        CheckFit(module, layer);
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        return new LowRank(layer, Own(module.Down)!, Own(module.Up)!, Own(module.Mid), module.Scale, owned: true);

        Tensor? Own(Tensor? tensor)
        {
            if (tensor is null)
            {
                return null;
            }

            // 1x1 convolutions and linear layers are the same thing in two shapes; some files hold the other one.
            var shaped = layer.Weight.dim() == 2 ? tensor.reshape(tensor.shape[0], tensor.shape[1])
                : tensor.dim() == 2 ? tensor.reshape(tensor.shape[0], tensor.shape[1], 1, 1)
                : tensor;
            return shaped.to(layer.Weight.dtype).to(layer.Weight.device).clone().DetachFromDisposeScope();
        }
    }

    public static void CheckFit(LoraModule module, IAdaptableLayer layer)
    {
        var weight = layer.Weight.shape;
        long[] kernel = weight.Length == 4 ? weight[2..] : [1, 1];
        var ours = module.Mid is { } mid ? mid.shape[2..] : module.Down.dim() == 4 ? module.Down.shape[2..] : [1, 1];
        if (module.Down.shape[1] != weight[1] || module.Up.shape[0] != weight[0] || !kernel.SequenceEqual(ours))
        {
            throw new LoraException(
                $"The LoRA module {module.Layer.Kohya} is made for a layer of {module.Down.shape[1]} inputs, {module.Up.shape[0]} outputs and kernel "
                + $"{string.Join('x', ours)}, but the model's layer has the weight [{string.Join(", ", weight)}]. It was trained on another kind of base "
                + "model; use it with the one it was made for.");
        }
    }

    /// <summary>strength * scale * up(down(x)).</summary>
    /// <param name="mask">Dropout between down and up (kohya's place): makes the mask for a tensor of that shape; null drops nothing.</param>
    public Tensor Delta(Tensor x, double strength, Func<long[], Tensor>? mask)
    {
        // Half-precision bases: fp32 adapters are multiplied in the base's precision, as autocast does; their gradients stay fp32.
        var (down, up, mid) = (_down.to(x.dtype), _up.to(x.dtype), _mid?.to(x.dtype));
        Tensor h;
        if (_layer.Weight.dim() == 2)
        {
            h = functional.linear(x, down);
        }
        else if (mid is null)
        {
            h = functional.conv2d(x, down, null, [_layer.Stride, _layer.Stride], [_layer.Padding, _layer.Padding]);
        }
        else
        {
            h = functional.conv2d(functional.conv2d(x, down), mid, null, [_layer.Stride, _layer.Stride], [_layer.Padding, _layer.Padding]);
        }

        h = mask is null ? h : h.mul(mask(h.shape).to(h.dtype).to(h.device));
        // Scaled on the r channels in the middle: the cheapest place.
        h = h.Times(strength * Scale);
        return _layer.Weight.dim() == 2 ? functional.linear(h, up) : functional.conv2d(h, up);
    }

    public void Dispose()
    {
        if (_owned)
        {
            _down.Dispose();
            _up.Dispose();
            _mid?.Dispose();
        }
    }
}
