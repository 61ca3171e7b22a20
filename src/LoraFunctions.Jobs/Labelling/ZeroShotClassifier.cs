using LoraFunctions.Diffusion;
using LoraFunctions.Diffusion.Checkpoints;
using LoraFunctions.Imaging;
using TorchSharp;
using static TorchSharp.torch;

namespace LoraFunctions.Jobs.Labelling;

/// <summary>
/// CLIP zero-shot (Radford et al. 2021, 3.1): a candidate's prompts are embedded, averaged and normalised once; a photo takes the
/// candidate of the highest cosine similarity. The whole photo is embedded: averaged with its middle, or with the car's own region, the demo's CLIP
/// reads 94 and 73 % of the views instead of 99 (benchmark "showroom labels").
/// </summary>
internal sealed class ZeroShotClassifier : IDisposable
{
    private readonly ClipModel _clip;
    private readonly IReadOnlyList<LabelGroup> _groups;

    // One [candidates, width] a group.
    private readonly Tensor[] _words;

    /// <param name="clip">Stays the caller's.</param>
    public ZeroShotClassifier(ClipModel clip, IReadOnlyList<LabelGroup> groups, CancellationToken cancellationToken)
    {
        (_clip, _groups) = (clip, groups);
        _words = [.. groups.Select(g => Embed(g, cancellationToken))];
    }

    /// <summary>One label a group, in their order, by CLIP alone.</summary>
    public IReadOnlyList<AssignedLabel> Classify(RgbImage photo) => Classify(EmbeddingOf(photo), learnt: null);

    /// <summary>The same of an embedding, with what was learnt from corrections.</summary>
    public IReadOnlyList<AssignedLabel> Classify(float[] embedding, LearntCorrections? learnt) =>
        [.. LogitsOf(embedding).Select((logits, i) => AssignedLabel.From(_groups[i], learnt?.Corrected(i, embedding, logits) ?? logits))];

    /// <summary>Of length 1.</summary>
    public float[] EmbeddingOf(RgbImage photo)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        return _clip.EncodeImages(_clip.ImageProcessor.Preprocess(photo.Pixels, photo.Width, photo.Height))[0].cpu().data<float>().ToArray();
    }

    /// <summary>One row a group.</summary>
    public IReadOnlyList<float[]> LogitsOf(float[] embedding)
    {
        if (_words.Length == 0)
        {
            return [];
        }

        using var scope = NewDisposeScope();
        using var noGrad = no_grad();

        // A copy in torch's own memory: a matrix product's last bits depend on where its numbers lie, and arrays lie where the collector put them.
        var image = tensor(embedding, device: _words[0].device).clone();
        return [.. _words.Select(words => matmul(words, image).Times(_clip.LogitScale).cpu().data<float>().ToArray())];
    }

    public void Dispose()
    {
        foreach (var words in _words)
        {
            words.Dispose();
        }
    }

    private Tensor Embed(LabelGroup group, CancellationToken cancellationToken)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var candidates = new List<Tensor>();
        foreach (var candidate in group.Candidates)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var rows = candidate.Prompts.Select(p => _clip.Tokenizer.EncodeRow(p)).ToArray();
            var ids = tensor([.. rows.SelectMany(r => r)], [rows.Length, rows[0].Length]);
            var mean = _clip.EncodeTexts(ids).mean([0]);
            candidates.Add(mean.div(mean.norm()));
        }

        return stack(candidates).DetachFromDisposeScope();
    }

    /// <summary>Of two embeddings of length 1.</summary>
    internal static double Cosine(float[] a, float[] b)
    {
        var sum = 0.0;
        for (var i = 0; i < a.Length; i++)
        {
            sum += (double)a[i] * b[i];
        }

        return sum;
    }
}
