using System.IO.Compression;
using System.Text.Json;
using LoraFunctions.Diffusion.Tokenization;
using Shouldly;
using Xunit;

namespace LoraFunctions.Conformance;

public sealed class TokenizerTests
{
    private const int Vocabulary = 49408;

    [Fact]
    public void Encode_EveryTextOfSetH_GivesTransformersIds()
    {
        var json = Golden.Json("h_tokenizer");
        var tokenizer = Load();
        tokenizer.StartId.ShouldBe(json.GetProperty("bos").GetInt32());
        tokenizer.EndId.ShouldBe(json.GetProperty("eos").GetInt32());
        tokenizer.PadId.ShouldBe(json.GetProperty("pad").GetInt32());
        var wrong = new List<string>();
        foreach (var row in json.GetProperty("rows").EnumerateArray())
        {
            var text = row.GetProperty("text").GetString()!;
            var expected = Numbers(row.GetProperty("ids"));
            var actual = tokenizer.Encode(text);
            if (!expected.SequenceEqual(actual.Select(id => (long)id)))
            {
                wrong.Add($"'{text}': [{string.Join(' ', actual)}], expected [{string.Join(' ', expected)}]");
            }

            if (row.TryGetProperty("padded77", out var padded) && !tokenizer.EncodeRow(text, 77).SequenceEqual(Numbers(padded)))
            {
                wrong.Add($"'{text}': the padded row differs");
            }
        }

        wrong.ShouldBeEmpty();
    }

    private static List<long> Numbers(JsonElement list) => [.. list.EnumerateArray().Select(number => number.GetInt64())];

    /// <summary>CLIP's vocabulary is not ours to ship: it is made from OpenAI's file where that lies beside the repository.</summary>
    internal static ClipTokenizer Load()
    {
        var source = VocabularyFile();
        if (source is null)
        {
            Assert.Skip("NOT run: CLIP's vocabulary (../shared/clip-bpe/bpe_simple_vocab_16e6.txt.gz) is not beside "
                + "the repository.");
        }

        using var gunzip = new GZipStream(File.OpenRead(source), CompressionMode.Decompress);
        using var reader = new StreamReader(gunzip);
        var merges = reader.ReadToEnd().Split('\n').Skip(1).Take(Vocabulary - 512 - 2).ToList();

        // Bytes in the order of their visible stand-ins: printable ones first, the others from U+0100 on.
        var visible = Enumerable.Range('!', '~' - '!' + 1).Concat(Enumerable.Range('\u00A1', '\u00AC' - '\u00A1' + 1))
            .Concat(Enumerable.Range('\u00AE', '\u00FF' - '\u00AE' + 1)).ToList();
        var bytes = visible.Concat(Enumerable.Range(256, 256 - visible.Count)).Select(c => ((char)c).ToString()).ToList();
        var tokens = bytes.Concat(bytes.Select(b => b + "</w>"))
            .Concat(merges.Select(merge => merge.Replace(" ", "", StringComparison.Ordinal)))
            .Append("<|startoftext|>").Append("<|endoftext|>").ToList();
        tokens.Count.ShouldBe(Vocabulary);
        using var folder = new TemporaryFolder();
        File.WriteAllText(Path.Combine(folder.Path, "vocab.json"),
            JsonSerializer.Serialize(tokens.Index().ToDictionary(item => item.Item, item => item.Index)));
        File.WriteAllLines(Path.Combine(folder.Path, "merges.txt"), merges.Prepend("#version: 0.2"));
        return ClipTokenizer.Load(folder.Path);
    }

    private static string? VocabularyFile()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "LoraFunctions.sln")))
            {
                var file = Path.Combine(folder.FullName, "..", "shared", "clip-bpe", "bpe_simple_vocab_16e6.txt.gz");
                return File.Exists(file) ? file : null;
            }
        }

        return null;
    }
}
