namespace LoraFunctions.Contracts.Tests;

public sealed class NearestNameTests
{
    [Theory]
    [InlineData("lora_rnak", "lora_rank")]
    [InlineData("rank", "lora_rank")]
    [InlineData("learning-rate", "learning_rate")]
    [InlineData("Epoch", "epochs")]
    [InlineData("zzzzzz", null)]
    public void Find_Misspelt_GivesWhatWasMeant(string name, string? expected) =>
        NearestName.Find(name, ["lora_rank", "learning_rate", "epochs"]).ShouldBe(expected);

    [Theory]
    [InlineData("", "abc", 3)]
    [InlineData("abc", "abc", 0)]
    [InlineData("abc", "acb", 1)]
    [InlineData("kitten", "sitting", 3)]
    public void Distance_CountsEdits(string a, string b, int expected) => NearestName.Distance(a, b).ShouldBe(expected);

    [Theory]
    [InlineData("lora_strenght", " Did you mean 'lora_strength'?")]
    [InlineData("LORA-STRENGTH", " Did you mean 'lora_strength'?")]
    [InlineData("xyz", "")]
    public void Hint_Misspelt_NamesTheNearest(string name, string hint) => NearestName.Hint(name, ["prompt", "lora_strength", "steps"]).ShouldBe(hint);

    [Fact]
    public void Hint_NothingKnown_IsEmpty() => NearestName.Hint("x", []).ShouldBeEmpty();
}
