using System.Text;
using LoraFunctions.Pipeline.Datasets;

namespace LoraFunctions.Pipeline.Tests.Datasets;

public sealed class CaptionCsvTests
{
    [Fact]
    public void Write_Captions_AreRowsAsInTheDocument() =>
        Encoding.UTF8.GetString(CaptionCsv.Write(
        [
            Photo("img01.jpg", "Tesla Model Y, hidden door handles, black roof, side view, daylight"),
            Photo("img02.jpg", "a \"quoted\" word"),
        ])).ShouldBe("""
            img01.jpg,"Tesla Model Y, hidden door handles, black roof, side view, daylight"
            img02.jpg,"a ""quoted"" word"

            """.ReplaceLineEndings("\n"));

    [Fact]
    public void Read_WhatWasWritten_ComesBack()
    {
        DatasetPhoto[] photos = [Photo("车 1.jpg", "比亚迪 汉, rain"), Photo("b.jpg", "x, \"y\"")];

        CaptionCsv.Read("metadata.csv", CaptionCsv.Write(photos)).ShouldBe(photos.ToDictionary(p => p.File, p => p.Caption), ignoreOrder: true);
    }

    [Fact]
    public void Read_BadRows_AreNamedTogether() =>
        Should.Throw<InvalidDataException>(() => CaptionCsv.Read("metadata.csv", Encoding.UTF8.GetBytes("a.jpg,\"x\"\nb.jpg\nc.jpg,x,y\na.jpg,z\nd.jpg,\"\"\n")))
            .Message.ShouldBe("metadata.csv is no list of captions: line 2: a file name and a caption are expected; line 3: a file name and a caption are expected; line 4: a.jpg has a caption already; line 5: a file name and a caption are expected.");

    private static DatasetPhoto Photo(string file, string caption) => new(file, "sha", "pixels", caption, "listing", file);
}
