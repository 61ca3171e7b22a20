using LoraFunctions.Diffusion.Models;
using static TorchSharp.torch;

namespace LoraFunctions.Diffusion.Training;

/// <summary>
/// What captions are to the UNet: the text encoder's output, remembered so that the encoder can be unloaded, or computed each time where it
/// is trained itself or captions keep changing.
/// </summary>
/// <param name="encoder">Stays the caller's.</param>
/// <param name="tokenize">Caption to exactly as many token ids as one row holds (77), marks and padding included.</param>
/// <param name="clipSkip">1: the last layer's output.</param>
public sealed class TextConditions(ClipTextModel encoder, Func<string, IReadOnlyList<long>> tokenize, int clipSkip = 1) : IDisposable
{
    private readonly Dictionary<string, Tensor> _remembered = new(StringComparer.Ordinal);
    private ClipTextModel? _encoder = encoder;

    /// <summary>Encodes captions once for all; the results stay on the CPU, 236 KB each for SD 1.5.</summary>
    public void Remember(IEnumerable<string> captions, CancellationToken cancellationToken = default)
    {
        using var noGrad = no_grad();
        foreach (var caption in captions.Distinct(StringComparer.Ordinal).Where(c => !_remembered.ContainsKey(c)))
        {
            cancellationToken.ThrowIfCancellationRequested();
            using var scope = NewDisposeScope();
            _remembered[caption] = Compute([caption])[0].cpu().clone().DetachFromDisposeScope();
        }
    }

    /// <summary>From here on only remembered captions are known, so the caller may dispose the encoder.</summary>
    public void ReleaseEncoder() => _encoder = null;

    public void Dispose()
    {
        foreach (var tensor in _remembered.Values)
        {
            tensor.Dispose();
        }

        _remembered.Clear();
    }

    internal IEnumerable<KeyValuePair<string, IAdaptableLayer>> AdaptableLayers() => Encoder("train the text encoder").AdaptableLayers();

    /// <summary>[B, T, width].</summary>
    /// <param name="live">Compute even what is remembered: the encoder is being trained.</param>
    internal Tensor Encode(IReadOnlyList<string> captions, bool live)
    {
        if (live)
        {
            return Compute(captions);
        }

        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        return stack([.. captions.Select(c => _remembered.TryGetValue(c, out var known) ? known : Compute([c])[0].cpu())]).MoveToOuterDisposeScope();
    }

    private Tensor Compute(IReadOnlyList<string> captions)
    {
        var rows = captions.Select(c => tokenize(c).ToArray()).ToArray();
        using var ids = tensor([.. rows.SelectMany(r => r)], [rows.Length, rows[0].Length]);
        return Encoder($"encode '{captions[0]}'").Encode(ids, clipSkip);
    }

    private ClipTextModel Encoder(string purpose) =>
        _encoder ?? throw new InvalidOperationException($"Cannot {purpose}: the text encoder was released and the caption was not remembered before.");
}
