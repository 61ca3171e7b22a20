using System.Runtime.InteropServices;
using System.Text;
using LoraFunctions.Diffusion.Prompts;

namespace LoraFunctions.Benchmarks.Fuzzing;

/// <summary>
/// Prompts of the grammar's own pieces, of any characters, and real ones with pieces changed, are read in
/// both meanings of brackets, resolved and weighed.
/// </summary>
internal static class PromptFuzz
{
    private const int MostPieces = 60;

    private static readonly string[] Pieces =
    [
        "(", ")", "[", "]", ":", "::", "|", "\\", ",", " ", "\n", "\t", "{", "}", "<", ">", "<lora:", "<lora:a:1>", "<lora:a:te=.5:unet=-1>", "lora:a>",
        "</", "=", "0.5", "1.", ".", "-1", "+.5", "1e9", "1e999", "1.1.1", "٣", "99999999999999999999", "AND", " AND ", "BREAK", " BREAK ", "aANDb", "car",
        "红色", "，", "（", "）", "😀", "\ud83d", "\0", "\u200b", "\u2028", "[a:b:0.5]", "[a|b]", "(a:1.2)", "[Tesla Model Y:0.7]",
    ];

    private static readonly string[] Real =
    [
        "(sedan:1.3), (electric car:1.2), [Tesla Model Y:0.7], <lora:tesla_lora:0.8>, [BYD Han EV:0.7], <lora:byd_lora:0.8>, sunlight",
        "fantasy landscape with a [mountain:lake:0.25] and [an oak:a christmas tree:0.75][ in foreground::0.6][ in background:0.25] [shoddy:masterful:0.5]",
        "a (((house:1.3)) [on] a (hill:0.5), sun, (((sky))). AND a [cow|horse] in a field :0.7 BREAK b",
    ];

    /// <summary>As UTF-16, which holds halves of characters too; the number of steps follows from the length.</summary>
    public static FuzzTarget Target { get; } = new(
        random => MemoryMarshal.AsBytes(Prompt(random).AsSpan()).ToArray(),
        input => Read(MemoryMarshal.Cast<byte, char>(input).ToString(), 1 + (input.Length / 2 % 39)),
        MostMemory: input => 50_000_000 + (10_000L * input.Length));

    /// <returns>Whether it may be rendered.</returns>
    private static bool Read(string prompt, int steps)
    {
        var reading = PromptReading.Read(prompt, steps % 2 == 0 ? BracketMeaning.Schedule : BracketMeaning.Weight, negative: steps % 5 == 0);
        foreach (var part in reading.Parts)
        {
            var texts = part.Schedule.Resolve(steps);
            if (texts[^1].EndStep != steps || texts.Any(t => PromptAttention.Parse(t.Text).Count == 0))
            {
                throw new InvalidOperationException("a schedule that does not reach the last step");
            }
        }

        return reading.Problems.Count == 0;
    }

    private static string Prompt(Random random)
    {
        var text = new StringBuilder();
        if (random.Next(4) == 0)
        {
            text.Append(Real[random.Next(Real.Length)]);
            for (var edits = random.Next(1, 5); edits > 0; edits--)
            {
                var at = random.Next(text.Length);
                text.Remove(at, Math.Min(random.Next(4), text.Length - at)).Insert(at, Pieces[random.Next(Pieces.Length)]);
            }

            return text.ToString();
        }

        // Now and then thousands of one piece, where nesting and searching would show.
        if (random.Next(2000) == 0)
        {
            var (piece, tail) = (Pieces[random.Next(Pieces.Length)], Pieces[random.Next(Pieces.Length)]);
            return string.Concat(Enumerable.Repeat(piece, 19_000 / piece.Length)) + string.Concat(Enumerable.Repeat(tail, 900 / tail.Length));
        }

        for (var pieces = random.Next(MostPieces); pieces > 0; pieces--)
        {
            text.Append(random.Next(8) == 0 ? ((char)random.Next(0x10000)).ToString() : Pieces[random.Next(Pieces.Length)]);
        }

        return text.ToString();
    }
}
