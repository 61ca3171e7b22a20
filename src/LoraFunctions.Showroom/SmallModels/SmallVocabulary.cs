using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace LoraFunctions.Showroom.SmallModels;

/// <summary>
/// A byte-level BPE vocabulary in CLIP's format, learnt from our own word list until every word of it is one token. Any other text is
/// spelled out of smaller pieces, down to bytes.
/// </summary>
internal sealed class SmallVocabulary
{
    private const string EndOfWord = "</w>";
    private const string Start = "<|startoftext|>";
    private const string End = "<|endoftext|>";

    private static readonly JsonSerializerOptions Json = new()
    {
        WriteIndented = true,
        NewLine = "\n",
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };
    private static readonly Lazy<SmallVocabulary> Learnt = new(() => Learn(ReadWords()));

    private readonly List<(string First, string Second)> merges;
    private readonly List<string> tokens;

    private SmallVocabulary(List<(string First, string Second)> merges)
    {
        this.merges = merges;
        var bytes = ByteLetters();
        tokens = [.. bytes, .. bytes.Select(letter => letter + EndOfWord),
            .. merges.Select(merge => merge.First + merge.Second), Start, End];
    }

    public static SmallVocabulary Shared => Learnt.Value;

    public int Count => tokens.Count;

    public int StartId => Count - 2;

    public int EndId => Count - 1;

    /// <summary>vocab.json, merges.txt, special_tokens_map.json and tokenizer_config.json.</summary>
    public void WriteTo(string folder)
    {
        Directory.CreateDirectory(folder);
        ModelFiles.WriteText(folder, "vocab.json",
            JsonSerializer.Serialize(tokens.Index().ToDictionary(item => item.Item, item => item.Index, StringComparer.Ordinal), Json));
        ModelFiles.WriteText(
            folder, "merges.txt", "#version: 0.2\n" + string.Concat(merges.Select(merge => $"{merge.First} {merge.Second}\n")));
        ModelFiles.WriteText(folder, "special_tokens_map.json",
            JsonSerializer.Serialize(new { bos_token = Start, eos_token = End, pad_token = End, unk_token = End }, Json));
        ModelFiles.WriteText(folder, "tokenizer_config.json",
            JsonSerializer.Serialize(new { model_max_length = 77, tokenizer_class = "CLIPTokenizer" }, Json));
    }

    /// <summary>The usual training: again and again, the most frequent pair of neighbours becomes one token.</summary>
    private static SmallVocabulary Learn(IEnumerable<string> words)
    {
        var split = words.Select(Spell).ToList();
        var learnt = new List<(string First, string Second)>();
        while (true)
        {
            var best = split
                .SelectMany(word => word.Zip(word.Skip(1)))
                .GroupBy(pair => pair)
                .Select(group => (Pair: group.Key, Count: group.Count()))
                .OrderByDescending(item => item.Count)
                .ThenBy(item => item.Pair.First, StringComparer.Ordinal)
                .ThenBy(item => item.Pair.Second, StringComparer.Ordinal)
                .FirstOrDefault();
            if (best.Count == 0)
            {
                return new SmallVocabulary(learnt);
            }

            learnt.Add(best.Pair);
            foreach (var word in split)
            {
                for (var i = 0; i + 1 < word.Count; i++)
                {
                    if ((word[i], word[i + 1]) == best.Pair)
                    {
                        word[i] += word[i + 1];
                        word.RemoveAt(i + 1);
                    }
                }
            }
        }
    }

    private static List<string> Spell(string word)
    {
        var letters = ByteLetters();
        var spelled = Encoding.UTF8.GetBytes(word).Select(b => letters[Order(b)]).ToList();
        spelled[^1] += EndOfWord;
        return spelled;
    }

    /// <summary>One visible character a byte, as CLIP has them: printable bytes stand for themselves and come first.</summary>
    private static List<string> ByteLetters() =>
        [.. Enumerable.Range(0, 256).OrderBy(b => Order((byte)b))
            .Select((b, order) => (IsPrintable(b) ? (char)b : (char)(256 + order - PrintableCount)).ToString())];

    private static int Order(byte value)
    {
        var before = Enumerable.Range(0, value).Count(b => IsPrintable(b) == IsPrintable(value));
        return IsPrintable(value) ? before : PrintableCount + before;
    }

    private static bool IsPrintable(int value) => value is (>= '!' and <= '~') or (>= 0xA1 and <= 0xAC) or (>= 0xAE and <= 0xFF);

    private static int PrintableCount => Enumerable.Range(0, 256).Count(IsPrintable);

    private static List<string> ReadWords()
    {
        using var stream = typeof(SmallVocabulary).Assembly.GetManifestResourceStream("small-model-words.txt")!;
        using var reader = new StreamReader(stream);
        return [.. reader.ReadToEnd()
            .Split((char[])[' ', '\n', '-'], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
                .Distinct(StringComparer.Ordinal)];
    }
}
