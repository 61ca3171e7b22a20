namespace LoraFunctions.Contracts.Tests;

public sealed class ModelKeysTests
{
    [Theory]
    [InlineData("Tesla", "Model Y", "2024", "tesla-model-y-2024")]
    [InlineData("Tesla", "Model Y", "", "tesla-model-y")]
    [InlineData("BYD", "Han EV", "  ", "byd-han-ev")]
    [InlineData("比亚迪", "汉 EV", "2024款", "比亚迪-汉-ev-2024款")]
    [InlineData("Citroën", "C5 X", "", "citroën-c5-x")]
    [InlineData("Lynk & Co", "01 / PHEV", "", "lynk-co-01-phev")]
    [InlineData("Ora", "5+", "", "ora-5-plus")]
    [InlineData("../..", "x", "", null)]
    [InlineData("a", "..\\b", "", "a-b")]
    [InlineData("", "x", "", null)]
    [InlineData("x", "!!", "2024", null)]
    public void Of_MakeModelGeneration_GivesTheSlug(string make, string model, string generation, string? key)
    {
        if (key is null)
        {
            Should.Throw<ArgumentException>(() => ModelKeys.Of(make, model, generation)).Message.ShouldContain(make);
        }
        else
        {
            ModelKeys.Of(make, model, generation).ShouldBe(key);
            ModelKeys.IsKey(key).ShouldBeTrue();
        }
    }

    [Fact]
    public void Of_LongNames_AreShortenedAndStayApart()
    {
        var first = ModelKeys.Of("Make", new string('a', 70), "1");
        var second = ModelKeys.Of("Make", new string('a', 70), "2");

        first.Length.ShouldBeLessThanOrEqualTo(ModelKeys.MaxLength);
        first.ShouldNotBe(second);
        ModelKeys.IsKey(first).ShouldBeTrue();
    }

    [Fact]
    public void Of_LongNamesOutsideOfTheBasicPlane_AreNotCutInTwo()
    {
        var key = ModelKeys.Of("a", string.Concat(Enumerable.Repeat("\U00020000", 40)), "");

        key.EnumerateRunes().ShouldAllBe(r => r != System.Text.Rune.ReplacementChar);
        ModelKeys.IsKey(key).ShouldBeTrue();
    }

    [Theory]
    [InlineData("Tesla")]
    [InlineData("a b")]
    [InlineData("-a")]
    [InlineData("a--b")]
    [InlineData("a/b")]
    [InlineData("")]
    public void IsKey_AnythingElse_IsFalse(string text) => ModelKeys.IsKey(text).ShouldBeFalse();
}
