using System.Text.Json;

namespace LoraFunctions.Support;

/// <summary>CLIP's tokenizer with the smallest vocabulary.</summary>
public static class TinyTokenizer
{
    /// <summary>GPT-2's printable stand-ins for all bytes, in its order.</summary>
    public static IReadOnlyList<string> Bytes { get; } = AllBytes();

    /// <summary>Writes <c>vocab.json</c> and <c>merges.txt</c>: every byte as a token, inside and at the end of a word, no merges, then the two marks; 514 in all.</summary>
    public static void Write(string folder)
    {
        string[] tokens = [.. Bytes, .. Bytes.Select(letter => letter + "</w>"), "<|startoftext|>", "<|endoftext|>"];
        Directory.CreateDirectory(folder);
        File.WriteAllText(Path.Combine(folder, "vocab.json"), JsonSerializer.Serialize(tokens.Index().ToDictionary(item => item.Item, item => item.Index)));
        File.WriteAllText(Path.Combine(folder, "merges.txt"), "#version: 0.2\n");
    }

    private static string[] AllBytes()
    {
        int[] printable = [.. Enumerable.Range('!', 94), .. Enumerable.Range(0xA1, 12), .. Enumerable.Range(0xAE, 82)];
        return [.. printable.Concat(Enumerable.Range(256, 256 - printable.Length)).Select(c => ((char)c).ToString())];
    }
}
