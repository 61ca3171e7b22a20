using LoraFunctions.Pipeline.Configuration;

namespace LoraFunctions.Pipeline.Tests.Configuration;

public sealed class NearestNameTests
{
    [Theory]
    [InlineData("kitten", "sitting", 3)]
    [InlineData("", "abc", 3)]
    [InlineData("same", "same", 0)]
    public void Distance_TwoWords_IsLevenshteins(string a, string b, int distance) => NearestName.Distance(a, b).ShouldBe(distance);

    [Theory]
    [InlineData("lora_strenght", " Did you mean 'lora_strength'?")]
    [InlineData("LORA-STRENGTH", " Did you mean 'lora_strength'?")]
    [InlineData("xyz", "")]
    public void Hint_Misspelt_NamesTheNearest(string name, string hint) => NearestName.Hint(name, ["prompt", "lora_strength", "steps"]).ShouldBe(hint);

    [Fact]
    public void Hint_NothingKnown_IsEmpty() => NearestName.Hint("x", []).ShouldBeEmpty();
}
