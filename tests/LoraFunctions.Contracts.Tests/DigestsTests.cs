namespace LoraFunctions.Contracts.Tests;

public sealed class DigestsTests
{
    /// <summary>Names of files are fields' names, and a file's name may hold anything.</summary>
    [Theory]
    [InlineData("a", "1", "b", "2")]
    [InlineData("a 1:1\nb", "2", null, null)]
    [InlineData("a", "1\nb 1:2", null, null)]
    [InlineData("1:a 1:1\n1:b", "2", null, null)]
    [InlineData("ab", "12", null, null)]
    [InlineData("a", "1", "b", "")]
    public void OfFields_TwoLists_HaveOneDigestOnlyWhereTheyAreEqual(string name, string value, string? secondName, string? secondValue)
    {
        KeyValuePair<string, string>[] fields = secondName is null ? [new(name, value)] : [new(name, value), new(secondName, secondValue!)];

        (Digests.OfFields(fields) == Digests.OfFields([new("a", "1"), new("b", "2")])).ShouldBe(secondValue == "2");
    }

    [Fact]
    public void OfFields_ValuesThatSwapPlaces_StayApart() =>
        Digests.OfFields([new("a", ""), new("a", "1")]).ShouldNotBe(Digests.OfFields([new("a", "1"), new("a", "")]));

    [Fact]
    public void OfText_IsSha256InLowerCase() =>
        Digests.OfText("abc").ShouldBe("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}
