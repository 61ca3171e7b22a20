using LoraFunctions.Diffusion.Models;
using LoraFunctions.Diffusion.Tokenization;
using static TorchSharp.torch;

namespace LoraFunctions.Diffusion.Prompts;

/// <summary>
/// Turns a prompt of any length into what the UNet attends to: chunks of 75 tokens between start and end mark, filled up with padding,
/// encoded one by one and joined on the token axis.
/// </summary>
public sealed class PromptEncoder(ClipTextModel model, ClipTokenizer tokenizer)
{
    /// <summary>Embeddings [1, 77 chunks, width], owned by the caller's dispose scope.</summary>
    /// <param name="prompt">Without tags (<see cref="PromptTags"/>). Nothing else is read into it: brackets are text.</param>
    /// <param name="clipSkip">1: the last layer's output; 2: the one before it, and so on.</param>
    public Tensor Encode(string prompt, int clipSkip = 1) =>
        Encode(model, Rows(tokenizer.Encode(prompt), tokenizer.StartId, tokenizer.EndId, tokenizer.PadId, RowLength), clipSkip);

    /// <summary>Rows of token ids [chunks, 77] to embeddings [1, 77 chunks, width].</summary>
    internal static Tensor Encode(ClipTextModel model, IReadOnlyList<long[]> rows, int clipSkip)
    {
        using var scope = NewDisposeScope();
        using var noGradients = no_grad();
        var device = model.parameters().First().device;
        var chunks = rows.Select(row => model.Encode(tensor(row, [1, row.Length], device: device), clipSkip)).ToArray();
        return cat(chunks, 1).MoveToOuterDisposeScope();
    }

    /// <summary>At least one row.</summary>
    internal static IReadOnlyList<long[]> Rows(IReadOnlyList<int> ids, int start, int end, int pad, int length)
    {
        var perRow = length - 2;
        var rows = new List<long[]>();
        for (var first = 0; first == 0 || first < ids.Count; first += perRow)
        {
            var row = Enumerable.Repeat((long)pad, length).ToArray();
            var count = Math.Min(perRow, ids.Count - first);
            row[0] = start;
            for (var i = 0; i < count; i++)
            {
                row[i + 1] = ids[first + i];
            }

            row[count + 1] = end;
            rows.Add(row);
        }

        return rows;
    }

    private int RowLength => (int)Math.Min(tokenizer.MaxLength, model.Config.MaxPositionEmbeddings);
}
