namespace LoraFunctions.Contracts.Tests;

public sealed class CaptionFileTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("lora-captions-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Parse_WhatWasEncoded_ComesBack()
    {
        CaptionRow[] rows = [new("车 1.jpg", "比亚迪 汉, rain", 1), new("b.jpg", "x, \"y\"", 2)];

        CaptionFile.Parse("metadata.csv", CaptionFile.Encode(rows)).ShouldBe(rows);
    }

    [Fact]
    public void Write_TheDocumentsRow_IsTheDocumentsLine()
    {
        var path = Path.Combine(_folder, "metadata.csv");

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
    [InlineData(" a.jpg")]
    [InlineData("a.jpg ")]
    [InlineData("\ta.jpg")]
    [InlineData("a \"b\".jpg")]
    [InlineData("\"a\".jpg")]
    [InlineData("a,b .jpg")]
    [InlineData("a\nb.jpg")]
    [InlineData("#a.jpg")]
    [InlineData("'a'.jpg")]
    [InlineData("\u3000a.jpg\u00A0")]
    [InlineData("sub folder/ a.jpg")]
    [InlineData("=a.jpg")]
    public void Write_AnyName_ComesBackAsItWas(string name)
    {
        var path = Path.Combine(_folder, "metadata.csv");

        CaptionFile.Write(path, [new("first.jpg", "one"), new(name, "two"), new("last.jpg", "three")]);

        CaptionFile.Read(path).Select(r => (r.FileName, r.Caption)).ShouldBe([("first.jpg", "one"), (name, "two"), ("last.jpg", "three")]);
    }

    [Theory]
    [InlineData("file_name,text\nimg01.jpg,\"a car\"\n", 2)]
    [InlineData("\uFEFFfile_name,text\r\nimg01.jpg,a car\r\n", 2)]
    [InlineData("img01.jpg,\"a car\"", 1)]
    [InlineData("\n\nimg01.jpg , \"a car\"\n\n", 3)]
    public void Read_HeaderOrNot_GivesTheRow(string text, long line) =>
        CaptionFile.Read(Written("metadata.csv", text)).ShouldBe([new CaptionRow("img01.jpg", "a car", line)]);

    [Fact]
    public void Read_CaptionOverTwoLines_KeepsTheFirstLinesNumber()
    {
        var rows = CaptionFile.Read(Written("metadata.csv", "a.jpg,\"one\ntwo\"\nb.jpg,\"three\"\n"));

        rows.ShouldBe([new CaptionRow("a.jpg", "one\ntwo", 1), new CaptionRow("b.jpg", "three", 3)]);
    }

    [Fact]
    public void Read_BadRows_NamesAllOfThemWithTheirLines()
    {
        var path = Written(
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

    private string Written(string name, string content)
    {
        var path = Path.Combine(_folder, name);
        File.WriteAllText(path, content);
        return path;
    }
}
