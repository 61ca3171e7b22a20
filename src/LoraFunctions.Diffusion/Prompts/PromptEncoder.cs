using LoraFunctions.Diffusion.Models;
using LoraFunctions.Diffusion.Tokenization;
using static TorchSharp.torch;

namespace LoraFunctions.Diffusion.Prompts;

/// <summary>What the UNet attends to, by step. Owns nothing: the tensors are the caller's dispose scope's.</summary>
/// <param name="Stages">One [1, 77 chunks, width] for each of <paramref name="EndSteps"/>; all of one length.</param>
/// <param name="EndSteps">The last step (from 1) of each stage.</param>
/// <param name="Weight">Its share where <c>AND</c> joins several.</param>
internal sealed record EncodedPrompt(IReadOnlyList<Tensor> Stages, IReadOnlyList<int> EndSteps, double Weight)
{
    /// <param name="step">From 1.</param>
    public Tensor At(int step)
    {
        var stage = 0;
        while (stage < Stages.Count - 1 && step > EndSteps[stage])
        {
            stage++;
        }

        return Stages[stage];
    }
}

/// <summary>
/// Turns prompts of any length into what the UNet attends to: chunks encoded one by one, weighed by their emphasis, joined on the token axis.
/// </summary>
internal sealed class PromptEncoder(ClipTextModel model, ClipTokenizer tokenizer)
{
    private readonly ChunkMarks _marks = new(
        tokenizer.StartId,
        tokenizer.EndId,
        tokenizer.PadId,
        tokenizer.Encode(",") is [var comma] ? comma : -1,
        (int)Math.Min(tokenizer.MaxLength, model.Config.MaxPositionEmbeddings));

    /// <summary>One for each prompt that <c>AND</c> joins; owned by the caller's dispose scope.</summary>
    /// <param name="steps">The steps that the prompt's schedule speaks of.</param>
    /// <param name="clipSkip">1: the last layer's output; 2: the one before it, and so on.</param>
    public IReadOnlyList<EncodedPrompt> Encode(PromptReading prompt, int steps, int clipSkip = 1)
    {
        using var scope = NewDisposeScope();
        var encoded = new List<EncodedPrompt>();
        foreach (var part in prompt.Parts)
        {
            var texts = part.Schedule.Resolve(steps);
            var stages = Stages([.. texts.Select(t => t.Text)], clipSkip);
            encoded.Add(new EncodedPrompt([.. stages.Select(s => s.MoveToOuterDisposeScope())], [.. texts.Select(t => t.EndStep)], part.Weight));
        }

        return encoded;
    }

    /// <summary>Rows of token ids [chunks, 77] to embeddings [1, 77 chunks, width].</summary>
    internal static Tensor Encode(ClipTextModel model, IReadOnlyList<long[]> rows, int clipSkip)
    {
        using var scope = NewDisposeScope();
        using var noGradients = no_grad();
        return cat([.. rows.Select(row => Encode(model, row, clipSkip))], 1).MoveToOuterDisposeScope();
    }

    /// <summary>
    /// z times the weights of its tokens, then scaled so that its mean over the whole batch is what it was (WebUI's "Original" emphasis).
    /// </summary>
    /// <param name="z">[B, 77, width].</param>
    /// <param name="weights">[B, 77].</param>
    internal static Tensor Emphasize(Tensor z, Tensor weights)
    {
        using var scope = NewDisposeScope();
        var weighed = z.mul(weights.unsqueeze(-1));
        return weighed.mul(z.mean().div(weighed.mean())).MoveToOuterDisposeScope();
    }

    /// <summary>The chunks of a text, as WebUI cuts and weighs them.</summary>
    internal List<PromptChunk> Chunks(string text) => PromptChunks.Of(PromptAttention.Parse(text), tokenizer.Encode, _marks);

    /// <summary>The texts of one schedule, filled up to the same number of chunks, since emphasis looks at them together.</summary>
    private Tensor[] Stages(IReadOnlyList<string> texts, int clipSkip)
    {
        using var noGradients = no_grad();
        var chunks = texts.Distinct(StringComparer.Ordinal).ToDictionary(t => t, Chunks, StringComparer.Ordinal);
        var longest = chunks.Values.Max(c => c.Count);
        var joined = new List<Tensor>();
        for (var i = 0; i < longest; i++)
        {
            var rows = texts.Select(t => i < chunks[t].Count ? chunks[t][i] : PromptChunks.Empty(_marks)).ToList();
            var encoded = chunks.ToDictionary(c => c.Key, c => Encode(model, rows[texts.ToList().IndexOf(c.Key)].Ids, clipSkip), StringComparer.Ordinal);
            var z = cat([.. texts.Select(t => encoded[t])], 0);
            joined.Add(rows.All(r => r.IsPlain) ? z : Emphasize(z, stack([.. rows.Select(r => tensor(r.Weights, device: z.device))])));
        }

        var all = cat(joined, 1);
        return [.. Enumerable.Range(0, texts.Count).Select(i => all[i..(i + 1)].contiguous())];
    }

    private static Tensor Encode(ClipTextModel model, long[] row, int clipSkip) =>
        model.Encode(tensor(row, [1, row.Length], device: model.parameters().First().device), clipSkip);
}
