using TorchSharp;

namespace LoraFunctions.Diffusion.Lora;

/// <summary>
/// A LoRA in memory: its modules, sorted by kohya name, and what its file says about it. Owns the modules' tensors.
/// </summary>
public sealed class LoraWeights : IDisposable
{
    private readonly SortedDictionary<LoraLayerName, LoraModule> _modules = [];

    /// <param name="modules">Taken over, tensors included.</param>
    /// <param name="metadata">The file's metadata; empty for a LoRA that was never in a file.</param>
    /// <exception cref="LoraException">Two modules for one layer, or none at all.</exception>
    public LoraWeights(IEnumerable<LoraModule> modules, IReadOnlyDictionary<string, string>? metadata = null)
    {
        foreach (var module in modules)
        {
            if (!_modules.TryAdd(module.Layer, module))
            {
                throw new LoraException($"Two LoRA modules for the layer {module.Layer.Kohya}; a file may hold one, in one naming.");
            }

            module.Down.DetachFromDisposeScope();
            module.Up.DetachFromDisposeScope();
            module.Mid?.DetachFromDisposeScope();
        }

        if (_modules.Count == 0)
        {
            throw new LoraException("A LoRA without a single module. Expected kohya, diffusers or PEFT names (lora_down, lora.down, lora_A).");
        }

        Metadata = metadata ?? new Dictionary<string, string>();
    }

    public IReadOnlyCollection<LoraModule> Modules => _modules.Values;

    public IReadOnlyDictionary<string, string> Metadata { get; }

    /// <summary>Name of the file they were read from; null when they never were in one.</summary>
    public string? FileName { get; init; }

    /// <summary>SHA-256 of the tensor bytes of the file (kohya's <c>sshs_model_hash</c>), lower-case hex; null when it was never in a file.</summary>
    public string? ModelHash { get; init; }

    /// <summary>The 12 hex digits shown as "Lora hashes" in picture metadata.</summary>
    public string? ShortHash => ModelHash?[..12];

    /// <summary>The architecture it was made for by its metadata or its shapes, in words, where that is another one; null otherwise.</summary>
    public string? OtherBase => ForeignAdapter.OtherBase(this);

    public bool HasTextEncoder => _modules.Keys.Any(k => k.Part == LoraPart.TextEncoder);

    public long ParameterCount => _modules.Values.Sum(m => m.ParameterCount);

    public LoraModule? Find(LoraLayerName layer) => _modules.GetValueOrDefault(layer);

    public void Dispose()
    {
        foreach (var module in _modules.Values)
        {
            module.Down.Dispose();
            module.Up.Dispose();
            module.Mid?.Dispose();
        }
    }
}

/// <summary>A LoRA and how strongly it is applied; 1 is as trained, 0 leaves that network alone.</summary>
public sealed record LoraUse(LoraWeights Weights, double UnetStrength = 1.0, double TextEncoderStrength = 1.0);
