using LoraFunctions.Diffusion.Checkpoints;
using LoraFunctions.Diffusion.Tests.Checkpoints;
using LoraFunctions.Diffusion.Tokenization;
using Shouldly;
using Xunit;

namespace LoraFunctions.Diffusion.Tests.Tokenization;

public sealed class ClipTokenizerTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData("it's a b2c3, (x:1.3)!", "it|'s|a|b|2|c|3|,|(|x|:|1|.|3|)!")]
    [InlineData("they'll we've i'm 'tis", "they|'ll|we|'ve|i|'m|'t|is")]
    [InlineData("汽车𠀀好 ½ ²", "汽车𠀀好|½|²")]
    [InlineData("😀😀a", "😀😀|a")]
    [InlineData("a <|endoftext|>b", "a|<|endoftext|>|b")]
    public void Split_CleanedText_GivesClipsPieces(string text, string expected) =>
        string.Join('|', ClipWords.Split(text).Select(piece => text.Substring(piece.Offset, piece.Length))).ShouldBe(expected);

    [Fact]
    public void Encode_AnyText_SpellsItInBytesAndMarks()
    {
        var tokenizer = Load();
        (tokenizer.StartId, tokenizer.EndId, tokenizer.PadId, tokenizer.HighestId, tokenizer.MaxLength).ShouldBe((512, 513, 513, 513, 77));
        tokenizer.Encode("").ShouldBeEmpty();
        tokenizer.Encode("Ab").ShouldBe(['a' - '!', 256 + 'b' - '!']);
        tokenizer.Encode("a<|startoftext|>b<|endoftext|>").ShouldBe([256 + 'a' - '!', 512, 256 + 'b' - '!', 513]);
        tokenizer.Encode("🚗").Count.ShouldBe(4);
    }

    [Fact]
    public void EncodeRow_LongAndShort_AreCutAndFilled()
    {
        var tokenizer = Load();
        tokenizer.EncodeRow("a").Length.ShouldBe(77);
        tokenizer.EncodeRow("a", 5).ShouldBe([512, 256 + 'a' - '!', 513, 513, 513]);
        var row = tokenizer.EncodeRow(new string('a', 500), 8);
        row.ShouldBe([512, .. Enumerable.Repeat((long)('a' - '!'), 6), 513]);
    }

    [Fact]
    public void Load_SpecialTokensOfTheFolder_AreUsed()
    {
        TinyTokenizer.Write(folder.Path);
        File.WriteAllText(folder.Below("special_tokens_map.json"), """{"pad_token":"!","eos_token":{"content":"<|endoftext|>"}}""");
        File.WriteAllText(folder.Below("tokenizer_config.json"), """{"model_max_length":16}""");
        var tokenizer = ClipTokenizer.Load(folder.Path);
        tokenizer.PadId.ShouldBe(0);
        tokenizer.EncodeRow("a").Length.ShouldBe(16);
    }

    [Theory]
    [InlineData("vocab.json", null, "vocab.json")]
    [InlineData("merges.txt", null, "merges.txt")]
    [InlineData("vocab.json", "{", "no valid JSON")]
    [InlineData("vocab.json", "[]", "holds no vocabulary")]
    [InlineData("vocab.json", """{"a":"b"}""", "'a' has no whole number")]
    [InlineData("vocab.json", """{"a":0}""", "holds no '<|startoftext|>'")]
    [InlineData("merges.txt", "#version: 0.2\nnot there\n", "does not fit")]
    [InlineData("special_tokens_map.json", """{"bos_token":"<none>"}""", "holds no '<none>'")]
    public void Load_BadFile_SaysInOneLineWhichAndWhy(string file, string? content, string what)
    {
        TinyTokenizer.Write(folder.Path);
        if (content is null)
        {
            File.Delete(folder.Below(file));
        }
        else
        {
            File.WriteAllText(folder.Below(file), content);
        }

        var message = Should.Throw<CheckpointException>(() => ClipTokenizer.Load(folder.Path)).Message;
        message.ShouldContain(folder.Path);
        message.ShouldContain(what);
        message.ShouldNotContain('\n');
    }

    private ClipTokenizer Load()
    {
        TinyTokenizer.Write(folder.Path);
        return ClipTokenizer.Load(folder.Path);
    }
}
