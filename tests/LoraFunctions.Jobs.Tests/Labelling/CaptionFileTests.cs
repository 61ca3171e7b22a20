using LoraFunctions.Jobs.Labelling;
using Shouldly;
using Xunit;

namespace LoraFunctions.Jobs.Tests.Labelling;

public sealed class CaptionFileTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Write_TheDocumentsRow_IsTheDocumentsLine()
    {
        var path = _folder.File("metadata.csv");

        CaptionFile.Write(
            path,
            [new("img01.jpg", "Tesla Model Y, hidden door handles, black roof, side view, daylight"), new("a,b.jpg", "say \"hello\"")]);

        File.ReadAllText(path)
            .ShouldBe(
                "img01.jpg,\"Tesla Model Y, hidden door handles, black roof, side view, daylight\"\n\"a,b.jpg\",\"say \"\"hello\"\"\"\n");
        CaptionFile
            .Read(path)
            .ShouldBe([
                new("img01.jpg", "Tesla Model Y, hidden door handles, black roof, side view, daylight", 1),
                new("a,b.jpg", "say \"hello\"", 2),
            ]);
    }

    [Theory]
    [InlineData("file_name,text\nimg01.jpg,\"a car\"\n", 2)]
    [InlineData("\uFEFFfile_name,text\r\nimg01.jpg,a car\r\n", 2)]
    [InlineData("img01.jpg,\"a car\"", 1)]
    [InlineData("\n\nimg01.jpg , \"a car\"\n\n", 3)]
    public void Read_HeaderOrNot_GivesTheRow(string text, long line) =>
        CaptionFile.Read(_folder.Write("metadata.csv", text)).ShouldBe([new CaptionRow("img01.jpg", "a car", line)]);

    [Fact]
    public void Read_CaptionOverTwoLines_KeepsTheFirstLinesNumber()
    {
        var rows = CaptionFile.Read(_folder.Write("metadata.csv", "a.jpg,\"one\ntwo\"\nb.jpg,\"three\"\n"));

        rows.ShouldBe([new CaptionRow("a.jpg", "one\ntwo", 1), new CaptionRow("b.jpg", "three", 3)]);
    }

    [Fact]
    public void Read_BadRows_NamesAllOfThemWithTheirLines()
    {
        var path = _folder.Write(
            "metadata.csv",
            "a.jpg,\"fine\"\nb.jpg,\"\"\nc.jpg,Tesla Model Y, side view\nd.jpg\n,\"nobody's\"\na.jpg,\"again\"\n");

        var problems = Should.Throw<InvalidJobInputException>(() => CaptionFile.Read(path)).Problems;

        problems.ShouldBe([
            $"{path}:2: b.jpg: the caption is empty.",
            $"{path}:3: 3 fields where a file name and a caption are expected; put the caption in double quotes.",
            $"{path}:4: 1 field where a file name and a caption are expected; put the caption in double quotes.",
            $"{path}:5: the file name is empty.",
            $"{path}:6: a.jpg has a caption in line 1 already; keep one.",
        ]);
    }
}
