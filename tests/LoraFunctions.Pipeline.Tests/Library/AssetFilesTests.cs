using System.Text;
using LoraFunctions.Pipeline.Library;

namespace LoraFunctions.Pipeline.Tests.Library;

public sealed class AssetFilesTests
{
    private static readonly AssetManifest s_manifest = new(
        1,
        "2025-03-02",
        [
            new("a-vs-汉/rain-1.png", "abc", new("a", "A <b> & \"c\"", "a/1.safetensors", "1"), new("汉", "=比亚迪 汉", "汉/1.safetensors", "2"), "rain", 1, 768, 512, "wide", "p", "n", "sd15", "d", "render-1")
            {
                Judged = new JudgedPicture([new(1, null, [new("left", "clip", 0.5, 0.625)], null), new(1_000_004, null, [new("left", "clip", 0.75, 0.5)], null)], 1),
            },
        ],
        new AssetTimes(DateTimeOffset.UnixEpoch));

    [Fact]
    public void Csv_Manifest_IsForSpreadsheets()
    {
        var bytes = AssetCsv.Write(s_manifest);

        bytes.AsSpan(0, 3).ToArray().ShouldBe(new byte[] { 0xEF, 0xBB, 0xBF });
        Encoding.UTF8.GetString(bytes.AsSpan(3)).ShouldBe(
            "file,left,right,left_key,right_key,scene,seed,width,height,template,sha256,job,rendered_seed,margin\r\n" +
            "a-vs-汉/rain-1.png,\"A <b> & \"\"c\"\"\",'=比亚迪 汉,a,汉,rain,1,768,512,wide,abc,render-1,1000004,0.250\r\n");
    }

    [Fact]
    public void Page_Names_AreEscaped()
    {
        var page = Encoding.UTF8.GetString(AssetPage.Write(s_manifest));

        page.ShouldContain("<h2>A &lt;b&gt; &amp; &quot;c&quot; vs =比亚迪 汉</h2>");
        page.ShouldContain("src=\"a-vs-%E6%B1%89/rain-1.png\"");
        page.ShouldNotContain("<b>");
    }

    [Fact]
    public void Headers_Picture_IsSavedUnderATellingName()
    {
        var headers = AssetHeaders.Picture("a-vs-汉", "rain-1.png");

        headers.ContentType.ShouldBe("image/png");
        headers.ContentDisposition.ShouldBe("attachment; filename*=UTF-8''a-vs-%E6%B1%89-rain-1.png");
        headers.CacheControl.ShouldNotBeNull().ShouldContain("immutable");
    }
}
