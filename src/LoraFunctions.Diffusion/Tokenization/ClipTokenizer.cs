using System.Text;
using System.Text.Json;
using LoraFunctions.Diffusion.Checkpoints;
using Microsoft.ML.Tokenizers;

namespace LoraFunctions.Diffusion.Tokenization;

/// <summary>
/// CLIP's byte-level BPE (Sennrich et al. 2016; openai/CLIP) with the vocabulary of a model's folder: <c>vocab.json</c>, <c>merges.txt</c>
/// and, where present, <c>special_tokens_map.json</c> and <c>tokenizer_config.json</c>. Safe for use by several threads.
/// </summary>
public sealed class ClipTokenizer
{
    private const string DefaultStart = "<|startoftext|>";
    private const string DefaultEnd = "<|endoftext|>";
    private const int DefaultMaxLength = 77;

    private readonly BpeTokenizer bpe;
    private readonly Dictionary<string, int> special;

    private ClipTokenizer(
        string folder, BpeTokenizer bpe, Dictionary<string, int> special, (int Start, int End, int Pad) marks, int highestId, int maxLength)
    {
        Folder = folder;
        this.bpe = bpe;
        this.special = special;
        (StartId, EndId, PadId) = marks;
        HighestId = highestId;
        MaxLength = maxLength;
    }

    /// <summary>Where the vocabulary came from.</summary>
    public string Folder { get; }

    public int StartId { get; }

    public int EndId { get; }

    /// <summary>What rows are filled up with: Stable Diffusion 1 repeats the end mark.</summary>
    public int PadId { get; }

    /// <summary>The text encoder's table must be larger than this.</summary>
    public int HighestId { get; }

    /// <summary>Tokens in a row, both marks included.</summary>
    public int MaxLength { get; }

    /// <exception cref="CheckpointException">A file is missing or makes no sense.</exception>
    public static ClipTokenizer Load(string folder)
    {
        var vocabularyPath = Path.Combine(folder, "vocab.json");
        var mergesPath = Path.Combine(folder, "merges.txt");
        var missing = new[] { vocabularyPath, mergesPath }.Where(path => !File.Exists(path)).ToList();
        if (missing.Count > 0)
        {
            throw new CheckpointException($"The tokenizer's vocabulary is missing: there is no {string.Join(" and no ", missing)}. Put "
                + "CLIP's vocab.json and merges.txt there.");
        }

        var vocabulary = ReadVocabulary(vocabularyPath);
        var (start, end, pad, maxLength) = ReadSettings(folder);
        int Id(string token) =>
            vocabulary.TryGetValue(token, out var id)
                ? id : throw new CheckpointException($"{vocabularyPath}: holds no '{CheckpointException.Printable(token)}'.");
        var marks = (Id(start), Id(end), Id(pad ?? end));
        var specialTokens = new Dictionary<string, int>(StringComparer.Ordinal) { [start] = marks.Item1, [end] = marks.Item2 };
        try
        {
            var merges = File.ReadAllBytes(mergesPath);
            if (FileSignature.NotText(merges, merges.Length) is { } kind)
            {
                throw new CheckpointException($"{mergesPath}: holds no merges but is {kind}.");
            }

            var model = BpeTokenizer.Create(new BpeOptions(vocabularyPath, mergesPath) { ByteLevel = true, EndOfWordSuffix = "</w>" });
            return new ClipTokenizer(folder, model, specialTokens, marks, vocabulary.Values.Max(), maxLength);
        }
        catch (Exception fault) when (fault is ArgumentException or InvalidOperationException or FormatException
            or IOException or UnauthorizedAccessException or JsonException or KeyNotFoundException)
        {
            throw new CheckpointException($"{mergesPath}: does not fit {vocabularyPath} ({fault.Message.ReplaceLineEndings(" ")}).", fault);
        }
    }

    /// <summary>Token ids of a text of any length, without start and end marks.</summary>
    public IReadOnlyList<int> Encode(string text)
    {
        var ids = new List<int>();
        foreach (var part in SplitAtSpecial(text))
        {
            if (special.TryGetValue(part, out var mark))
            {
                ids.Add(mark);
                continue;
            }

            var cleaned = TextCleaning.Clean(part);
            foreach (var (offset, length) in ClipWords.Split(cleaned))
            {
                var word = cleaned.Substring(offset, length);
                if (special.TryGetValue(word, out mark))
                {
                    ids.Add(mark);
                }
                else
                {
                    ids.AddRange(bpe.EncodeToIds(word, considerPreTokenization: false, considerNormalization: false));
                }
            }
        }

        return ids;
    }

    /// <summary>One row for the text encoder: start mark, as many tokens as fit, end mark, padding.</summary>
    /// <param name="length">Null: <see cref="MaxLength"/>.</param>
    public long[] EncodeRow(string text, int? length = null)
    {
        var row = new long[length ?? MaxLength];
        Array.Fill(row, PadId);
        var ids = Encode(text);
        var count = Math.Min(ids.Count, row.Length - 2);
        row[0] = StartId;
        for (var i = 0; i < count; i++)
        {
            row[i + 1] = ids[i];
        }

        row[count + 1] = EndId;
        return row;
    }

    private IEnumerable<string> SplitAtSpecial(string text)
    {
        while (text.Length > 0)
        {
            var (at, token) = special.Keys.Select(token => (At: text.IndexOf(token, StringComparison.Ordinal), Token: token))
                .Where(found => found.At >= 0).DefaultIfEmpty((text.Length, "")).Min();
            if (at > 0)
            {
                yield return text[..at];
            }

            if (token.Length > 0)
            {
                yield return token;
            }

            text = text[(at + token.Length)..];
        }
    }

    private static Dictionary<string, int> ReadVocabulary(string path)
    {
        var json = JsonFile.Read(path);
        var vocabulary = new Dictionary<string, int>(StringComparer.Ordinal);
        if (json.ValueKind == JsonValueKind.Object)
        {
            foreach (var pair in json.EnumerateObject())
            {
                if (pair.Value.ValueKind != JsonValueKind.Number || !pair.Value.TryGetInt32(out var id) || id < 0)
                {
                    throw new CheckpointException(
                        $"{path}: '{CheckpointException.Printable(pair.Name)}' has no whole number from 0 as its id.");
                }

                vocabulary[pair.Name] = id;
            }
        }

        return vocabulary.Count > 0
            ? vocabulary : throw new CheckpointException($"{path}: holds no vocabulary (an object of tokens and ids).");
    }

    private static (string Start, string End, string? Pad, int MaxLength) ReadSettings(string folder)
    {
        var (start, end, pad, maxLength) = (DefaultStart, DefaultEnd, (string?)null, DefaultMaxLength);
        foreach (var path in new[] { "tokenizer_config.json", "special_tokens_map.json" }.Select(
            name => Path.Combine(folder, name)).Where(File.Exists))
        {
            var json = JsonFile.Read(path);
            if (json.ValueKind != JsonValueKind.Object)
            {
                throw new CheckpointException($"{path}: is no JSON object.");
            }

            start = Token(json, "bos_token") ?? start;
            end = Token(json, "eos_token") ?? end;
            pad = Token(json, "pad_token") ?? pad;
            if (json.TryGetProperty("model_max_length", out var length) && length.ValueKind == JsonValueKind.Number
                && length.TryGetInt32(out var tokens) && tokens is >= 3 and <= 1 << 20)
            {
                maxLength = tokens;
            }
        }

        return (start, end, pad, maxLength);
    }

    /// <summary>A string, or an object that describes one.</summary>
    private static string? Token(JsonElement json, string key) =>
        !json.TryGetProperty(key, out var value) ? null
        : value.ValueKind == JsonValueKind.String ? value.GetString()
        : value.ValueKind == JsonValueKind.Object && value.TryGetProperty("content", out var content)
            && content.ValueKind == JsonValueKind.String ? content.GetString()
        : null;
}
