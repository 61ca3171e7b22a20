using LoraFunctions.Diffusion.Tokenization;
using Shouldly;
using Xunit;

namespace LoraFunctions.Diffusion.Tests.Tokenization;

public sealed class TextCleaningTests
{
    [Theory]
    [InlineData("  A\tred \r\n CAR  ", "a red car")]
    [InlineData("&amp;amp; &lt;b&gt;", "& <b>")]
    [InlineData("<b> &amp;", "<b> &amp;")]
    [InlineData("“quotes” ‘single’", "\"quotes\" 'single'")]
    [InlineData("ＦＵＬＬＷＩＤＴＨ\u3000ＴＥＸＴ", "fullwidth text")]
    [InlineData("ﾊﾟﾜｰ ｶﾞｽ", "パワー ガス")]
    [InlineData("ﬁne ﬂoor", "fine floor")]
    [InlineData("cafe\u0301", "café")]
    [InlineData("CAF\u00C3\u2030 d\u00C3\u00A9tail", "café détail")]
    [InlineData("donâ€™t", "don't")]
    [InlineData("\u00D1\u0081\u00D0\u00BF\u00D0\u00B0", "спа")]
    [InlineData("IKEA\u00AE AH\u00C5\u2122", "ikea® ahå™")]
    [InlineData("naïve façade, Brontë…", "naïve façade, brontë…")]
    [InlineData("\u001b[31mred\u001b[0m", "red")]
    [InlineData("a\u0000b\ufeffc\u007fd", "abcd")]
    [InlineData("line\u2028break", "line break")]
    [InlineData("İSTANBUL", "i\u0307stanbul")]
    [InlineData("ΟΔΥΣΣΕΥΣ ΣΑΣ", "οδυσσευς σας")]
    [InlineData("\u1112\u1161\u11AB", "한")]
    [InlineData("", "")]
    public void Clean_TextsThatNeedRepair_AreRepairedAsFtfyDoes(string text, string expected) =>
        TextCleaning.Clean(text).ShouldBe(expected);

    [Fact]
    public void Clean_HalfSurrogates_BecomeReplacementCharacters() => TextCleaning.Clean("a\ud83d b\ude00").ShouldBe("a\ufffd b\ufffd");

    [Fact]
    public void Clean_LongHostileText_EndsSoon()
    {
        var text = string.Concat(Enumerable.Repeat("&amp;", 20_000)) + new string('\u0301', 20_000);
        TextCleaning.Clean(text).Length.ShouldBeGreaterThan(20_000);
    }

    [Theory]
    [InlineData("A\u030A", "\u00C5")]
    [InlineData("\u212B", "\u00C5")]
    [InlineData("q\u0307\u0323", "q\u0323\u0307")]
    [InlineData("s\u0323\u0307", "\u1E69")]
    [InlineData("\u1E0B\u0323", "\u1E0D\u0307")]
    [InlineData("\u0915\u093C", "\u0915\u093C")]
    [InlineData("\uAC01\u11A8", "\uAC01\u11A8")]
    [InlineData("\u1100\u1161\u11A8", "\uAC01")]
    [InlineData("\uF900", "\u8C48")]
    public void Normalize_ExamplesOfTheStandard_AreInFormC(string text, string expected) =>
        CanonicalComposition.Normalize(text).ShouldBe(expected);
}
