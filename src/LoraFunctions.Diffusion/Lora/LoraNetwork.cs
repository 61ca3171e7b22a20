using LoraFunctions.Diffusion.Models;
using TorchSharp;

namespace LoraFunctions.Diffusion.Lora;

/// <summary>
/// LoRAs attached to a model's layers: y = W x + sum of strength * (alpha / rank) * up(down(x)). Base weights are never written, so
/// <see cref="Dispose"/> leaves the model exactly as it was. Every row of a batch can carry its own LoRAs (<see cref="UnetRows"/>,
/// <see cref="TextRows"/>); without rows all of them apply everywhere.
/// </summary>
public sealed class LoraNetwork : IDisposable
{
    private readonly List<(IAdaptableLayer Layer, LayerAdapter Adapter)> _attached;
    private readonly PartState _unet;
    private readonly PartState _text;

    private LoraNetwork(List<(IAdaptableLayer Layer, LayerAdapter Adapter)> attached, PartState unet, PartState text) =>
        (_attached, _unet, _text) = (attached, unet, text);

    /// <summary>Rows of the UNet's batch; null: every row carries every LoRA. Indices are those of the list given to <see cref="Attach"/>.</summary>
    public LoraRows? UnetRows
    {
        get => _unet.Rows;
        set => _unet.Rows = value;
    }

    /// <summary>Rows of the text encoder's batch; null: every row carries every LoRA.</summary>
    public LoraRows? TextRows
    {
        get => _text.Rows;
        set => _text.Rows = value;
    }

    /// <inheritdoc cref="PartState.Masks"/>
    internal IReadOnlyList<torch.Tensor>? UnetMasks
    {
        set => _unet.Masks = value;
    }

    internal PartState Unet => _unet;

    internal PartState Text => _text;

    /// <summary>Attaches the LoRAs to the layers. The weights stay the caller's and may be disposed afterwards: they are copied in the layers' precision.</summary>
    /// <param name="unet">The UNet's adaptable layers by path.</param>
    /// <param name="textEncoder">The text encoder's; null when it is not loaded: modules for it are then left aside.</param>
    /// <exception cref="LoraException">A LoRA has modules this model has no layer for, or of another size; nothing is attached.</exception>
    /// <exception cref="InvalidOperationException">A layer already carries an adapter.</exception>
    public static LoraNetwork Attach(
        IEnumerable<KeyValuePair<string, IAdaptableLayer>> unet,
        IEnumerable<KeyValuePair<string, IAdaptableLayer>>? textEncoder,
        IReadOnlyList<LoraUse> loras)
    {
        var layers = Layers(unet, textEncoder);
        CheckMatched(loras, layers, textEncoder is not null);
        var pairs = new Dictionary<LoraLayerName, LowRank?[]>();
        try
        {
            foreach (var (name, layer) in layers)
            {
                for (var i = 0; i < loras.Count; i++)
                {
                    if (loras[i].Weights.Find(name) is { } module)
                    {
                        pairs.TryAdd(name, new LowRank?[loras.Count]);
                        pairs[name][i] = LowRank.For(module, layer);
                    }
                }
            }

            return Attach(layers, pairs, [.. loras.Select(l => l.UnetStrength)], [.. loras.Select(l => l.TextEncoderStrength)]);
        }
        catch
        {
            foreach (var pair in pairs.Values.SelectMany(p => p))
            {
                pair?.Dispose();
            }

            throw;
        }
    }

    /// <summary>Takes the adapters off for a while (a sample picture in the middle of a training); disposing the result puts them back.</summary>
    /// <exception cref="InvalidOperationException">On disposal: somebody else left an adapter on a layer.</exception>
    public IDisposable Suspend()
    {
        Detach();
        return new Resumption(this);
    }

    /// <summary>Takes the adapters off for good.</summary>
    public void Dispose()
    {
        Detach();
        foreach (var (_, adapter) in _attached)
        {
            adapter.Dispose();
        }

        _attached.Clear();
    }

    internal static Dictionary<LoraLayerName, IAdaptableLayer> Layers(
        IEnumerable<KeyValuePair<string, IAdaptableLayer>> unet,
        IEnumerable<KeyValuePair<string, IAdaptableLayer>>? textEncoder) =>
        unet.Select(l => (Name: new LoraLayerName(LoraPart.Unet, l.Key), l.Value))
            .Concat((textEncoder ?? []).Select(l => (Name: new LoraLayerName(LoraPart.TextEncoder, l.Key), l.Value)))
            .ToDictionary(l => l.Name, l => l.Value);

    internal static LoraNetwork Attach(
        IReadOnlyDictionary<LoraLayerName, IAdaptableLayer> layers,
        IReadOnlyDictionary<LoraLayerName, LowRank?[]> pairs,
        IReadOnlyList<double> unetStrengths,
        IReadOnlyList<double> textStrengths)
    {
        var taken = pairs.Keys.Where(name => layers[name].Adapter is not null).Select(name => name.ToString()).ToArray();
        if (taken.Length > 0)
        {
            throw new InvalidOperationException(
                $"{taken.Length} layers already carry adapters ({LoraException.Names(taken)}). Attach all LoRAs in one network, or dispose the other one first.");
        }

        var (unet, text) = (new PartState(unetStrengths), new PartState(textStrengths));
        var attached = pairs.Select(p => (layers[p.Key], new LayerAdapter(p.Key, p.Value, p.Key.Part == LoraPart.Unet ? unet : text))).ToList();
        var network = new LoraNetwork(attached, unet, text);
        network.Reattach();
        return network;
    }

    /// <exception cref="LoraException">LoRAs have modules there is no layer for; all of them are named.</exception>
    internal static void CheckMatched(IReadOnlyList<LoraUse> loras, IReadOnlyDictionary<LoraLayerName, IAdaptableLayer> layers, bool textEncoderGiven)
    {
        var unmatched = loras.Select((use, i) => Unmatched(use, i, layers, textEncoderGiven)).OfType<string>().ToArray();
        if (unmatched.Length > 0)
        {
            throw new LoraException(string.Join(Environment.NewLine, unmatched));
        }
    }

    private static string? Unmatched(LoraUse use, int index, IReadOnlyDictionary<LoraLayerName, IAdaptableLayer> layers, bool textEncoderGiven)
    {
        var wanted = use.Weights.Modules.Select(m => m.Layer).Where(l => l.Part == LoraPart.Unet || textEncoderGiven).ToArray();
        var missing = wanted.Where(l => !layers.ContainsKey(l)).Select(l => l.Kohya).ToArray();
        var title = use.Weights.FileName ?? use.Weights.Metadata.GetValueOrDefault("ss_output_name") ?? $"number {index + 1}";
        var madeFor = use.Weights.OtherBase is { } other ? $" It was made for {other}." : string.Empty;
        return missing.Length == 0 ? null
            : missing.Length == wanted.Length
                ? $"None of the {wanted.Length} modules of the LoRA {title} has a layer in this model ({LoraException.Names(missing)}). It was made for another "
                    + $"architecture (SDXL, SD 2); this model takes LoRAs for Stable Diffusion 1.5.{madeFor}"
                : $"{missing.Length} of the {wanted.Length} modules of the LoRA {title} have no layer in this model ({LoraException.Names(missing)}). "
                    + $"Applying the rest would not be what was trained; use the base model it was made for.{madeFor}";
    }

    private void Detach()
    {
        foreach (var (layer, adapter) in _attached)
        {
            if (ReferenceEquals(layer.Adapter, adapter))
            {
                layer.Adapter = null;
            }
        }
    }

    private void Reattach()
    {
        foreach (var (layer, adapter) in _attached)
        {
            layer.Adapter = layer.Adapter is null
                ? adapter
                : throw new InvalidOperationException("A layer still carries another adapter; dispose the other network before going on with this one.");
        }
    }

    private sealed class Resumption(LoraNetwork network) : IDisposable
    {
        public void Dispose() => network.Reattach();
    }
}
