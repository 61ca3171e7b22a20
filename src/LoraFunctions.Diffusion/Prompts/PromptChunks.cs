namespace LoraFunctions.Diffusion.Prompts;

/// <summary>One row for the text encoder: start mark, 75 tokens, end mark, and how much each weighs.</summary>
internal sealed record PromptChunk(long[] Ids, float[] Weights)
{
    public bool IsPlain => Array.TrueForAll(Weights, w => w == 1);
}

/// <summary>The marks and lengths of a vocabulary.</summary>
/// <param name="Comma">The id of a comma that ends a word.</param>
/// <param name="Length">Tokens of a row with both marks: 77.</param>
internal sealed record ChunkMarks(int Start, int End, int Pad, int Comma, int Length);

/// <summary>
/// WebUI's chunks: 75 tokens between start and end mark. Where the last comma of a full chunk lies within its last 20 tokens, what follows
/// it moves to the next chunk. BREAK fills a chunk up.
/// </summary>
internal static class PromptChunks
{
    private const int CommaBacktrack = 20;

    /// <summary>At least one.</summary>
    /// <param name="encode">Token ids of a text without marks.</param>
    public static List<PromptChunk> Of(IReadOnlyList<WeightedText> pieces, Func<string, IReadOnlyList<int>> encode, ChunkMarks marks)
    {
        var capacity = marks.Length - 2;
        var chunks = new List<PromptChunk>();
        var tokens = new List<(int Id, float Weight)>();
        int? lastComma = null;
        foreach (var piece in pieces)
        {
            if (piece.IsBreak)
            {
                Next();
                continue;
            }

            foreach (var id in encode(piece.Text))
            {
                if (id == marks.Comma)
                {
                    lastComma = tokens.Count;
                }
                else if (tokens.Count == capacity && lastComma is { } comma && tokens.Count - comma <= CommaBacktrack)
                {
                    var moved = tokens[(comma + 1)..];
                    tokens.RemoveRange(comma + 1, moved.Count);
                    Next();
                    tokens.AddRange(moved);
                }

                if (tokens.Count == capacity)
                {
                    Next();
                }

                tokens.Add((id, (float)piece.Weight));
            }
        }

        if (tokens.Count > 0 || chunks.Count == 0)
        {
            Next();
        }

        return chunks;

        void Next()
        {
            chunks.Add(Row(tokens, marks));
            tokens.Clear();
            lastComma = null;
        }
    }

    /// <summary>The chunk of no words.</summary>
    public static PromptChunk Empty(ChunkMarks marks) => Row([], marks);

    private static PromptChunk Row(List<(int Id, float Weight)> tokens, ChunkMarks marks)
    {
        var (ids, weights) = (new long[marks.Length], new float[marks.Length]);
        Array.Fill(ids, marks.Pad);
        Array.Fill(weights, 1);
        ids[0] = marks.Start;
        for (var i = 0; i < tokens.Count; i++)
        {
            (ids[i + 1], weights[i + 1]) = tokens[i];
        }

        ids[tokens.Count + 1] = marks.End;
        return new PromptChunk(ids, weights);
    }
}
