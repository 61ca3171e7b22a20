using System.Net;
using System.Text;

namespace LoraFunctions.Pipeline.Library;

/// <summary><c>index.html</c>: a night's pictures on one page that needs nothing but the files beside it.</summary>
internal static class AssetPage
{
    public static byte[] Write(AssetManifest manifest)
    {
        var page = new StringBuilder();
        page.Append("<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n");
        page.Append(Culture($"<title>Comparisons of {manifest.Date}</title>\n"));
        page.Append("<style>body{font:16px sans-serif;margin:2rem}figure{display:inline-block;margin:0 1rem 1rem 0;max-width:24rem}img{width:100%}</style>\n</head>\n<body>\n");
        page.Append(Culture($"<h1>Comparisons of {manifest.Date}</h1>\n<p>{manifest.Pictures.Count} pictures, made by AI and marked as such.</p>\n"));
        foreach (var pair in manifest.Pictures.GroupBy(p => (p.Left, p.Right)))
        {
            page.Append(Culture($"<h2>{Text(pair.Key.Left.DisplayName)} vs {Text(pair.Key.Right.DisplayName)}</h2>\n"));
            foreach (var picture in pair)
            {
                var link = string.Join('/', picture.File.Split('/').Select(Uri.EscapeDataString));
                var caption = Text($"{picture.Scene}, seed {picture.Seed}");
                var description = Text($"{picture.Left.DisplayName} and {picture.Right.DisplayName}, {picture.Scene}");
                page.Append(Culture($"<figure><a href=\"{link}\"><img src=\"{link}\" width=\"{picture.Width}\" height=\"{picture.Height}\" alt=\"{description}\" loading=\"lazy\"></a><figcaption>{caption}</figcaption></figure>\n"));
            }
        }

        page.Append("</body>\n</html>\n");
        return Encoding.UTF8.GetBytes(page.ToString());
    }

    private static string Text(string text) => WebUtility.HtmlEncode(text);

    private static string Culture(FormattableString text) => FormattableString.Invariant(text);
}
