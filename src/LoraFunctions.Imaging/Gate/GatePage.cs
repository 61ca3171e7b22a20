using System.Globalization;
using System.Net;
using System.Text;
using System.Text.RegularExpressions;

namespace LoraFunctions.Imaging.Gate;

/// <summary><c>gate-report.html</c>: what became of every photo and why, on one page that needs no other file.</summary>
public static partial class GatePage
{
    private const string Style =
        "body{font:15px/1.4 sans-serif;margin:2rem;color:#222}h2{margin-top:2rem}.missing{background:#fff3d6;border-left:4px solid #d90;padding:.6rem 1rem}"
        + ".photos{display:flex;flex-wrap:wrap;gap:1rem}figure{margin:0;width:13rem}figure div{height:13rem;background:#eee;display:flex;align-items:center;justify-content:center}"
        + "img{max-width:13rem;max-height:13rem}figcaption{font-size:13px;overflow-wrap:anywhere}.rejected div{background:#f6dddd}table{border-collapse:collapse}td,th{padding:.2rem .8rem .2rem 0;text-align:left}";

    /// <param name="thumbnails">JPEG files by the photos' names; a photo may have none.</param>
    /// <param name="captions">By the photos' names; a photo may have none.</param>
    public static string Write(GateReport report, IReadOnlyDictionary<string, byte[]> thumbnails, IReadOnlyDictionary<string, string> captions)
    {
        ArgumentNullException.ThrowIfNull(report);
        ArgumentNullException.ThrowIfNull(thumbnails);
        ArgumentNullException.ThrowIfNull(captions);
        var accepted = report.Accepted.OrderByDescending(photo => photo.Quality).ThenBy(photo => photo.Name, StringComparer.Ordinal).ToArray();
        var page = new StringBuilder();
        page.Append(Invariant($"<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<title>Gate: {Text(report.Listing)}</title>\n<style>{Style}</style>\n</head>\n<body>\n"));
        page.Append(Invariant($"<h1>{Text(report.Listing)}</h1>\n<p>{accepted.Length} of {report.Photos.Count} photos are taken for training.</p>\n"));
        if (report.Missing.Count > 0)
        {
            page.Append(Invariant($"<div class=\"missing\"><b>Not enough to train on yet:</b><ul>{string.Concat(report.Missing.Select(line => $"<li>{Text(line)}</li>"))}</ul></div>\n"));
        }

        Reasons(page, report);
        Photos(page, "Taken, the best first", "accepted", accepted, thumbnails, photo => captions.GetValueOrDefault(photo.Name) ?? Figures(photo));
        foreach (var reason in report.Rejected.GroupBy(photo => photo.Reason).OrderBy(group => group.Key))
        {
            Photos(page, Words(reason.Key), "rejected", [.. reason], thumbnails, photo => photo.Sentence);
        }

        if (report.Ignored.Count > 0)
        {
            page.Append("<h2>Not looked at</h2>\n<ul>");
            page.AppendJoin("", report.Ignored.Select(file => $"<li>{Text(file.Name)}: {Text(file.Reason ?? "")}</li>"));
            page.Append("</ul>\n");
        }

        return page.Append("</body>\n</html>\n").ToString();
    }

    /// <summary>The pictures of a page that <see cref="Write"/> wrote, by the photos' names.</summary>
    public static IReadOnlyDictionary<string, byte[]> Thumbnails(string page)
    {
        var pictures = new Dictionary<string, byte[]>(StringComparer.Ordinal);
        foreach (Match photo in WrittenPhoto().Matches(page))
        {
            pictures[WebUtility.HtmlDecode(photo.Groups["name"].Value)] = Convert.FromBase64String(photo.Groups["jpeg"].Value);
        }

        return pictures;
    }

    [GeneratedRegex("<img src=\"data:image/jpeg;base64,(?<jpeg>[A-Za-z0-9+/=]+)\" alt=\"\" loading=\"lazy\"></div><figcaption><b>(?<name>[^<]*)</b>")]
    private static partial Regex WrittenPhoto();

    private static void Reasons(StringBuilder page, GateReport report)
    {
        page.Append("<table><tr><th>Verdict</th><th>Photos</th></tr>");
        page.Append(Invariant($"<tr><td>taken</td><td>{report.Accepted.Count()}</td></tr>"));
        foreach (var reason in report.Rejected.CountBy(photo => photo.Reason!.Value).OrderByDescending(reason => reason.Value))
        {
            page.Append(Invariant($"<tr><td>{Words(reason.Key)}</td><td>{reason.Value}</td></tr>"));
        }

        page.Append("</table>\n");
    }

    private static void Photos(
        StringBuilder page, string heading, string kind, IReadOnlyList<GateVerdict> photos, IReadOnlyDictionary<string, byte[]> thumbnails, Func<GateVerdict, string> line)
    {
        page.Append(Invariant($"<h2>{Text(heading)} ({photos.Count})</h2>\n<div class=\"photos\">\n"));
        foreach (var photo in photos)
        {
            var picture = thumbnails.TryGetValue(photo.Name, out var jpeg) ? $"<img src=\"data:image/jpeg;base64,{Convert.ToBase64String(jpeg)}\" alt=\"\" loading=\"lazy\">" : "no picture";
            page.Append(Invariant($"<figure class=\"{kind}\"><div>{picture}</div><figcaption><b>{Text(photo.Name)}</b><br>{Text(line(photo))}</figcaption></figure>\n"));
        }

        page.Append("</div>\n");
    }

    private static string Figures(GateVerdict photo) => Invariant($"{photo.Width}x{photo.Height}, blur {photo.Blur:0.00}, quality {photo.Quality:0.00}");

    private static string Words(GateReason? reason) => reason switch
    {
        GateReason.TooSmall => "too small",
        GateReason.OddAspect => "odd proportions",
        GateReason.TooDark => "too dark",
        GateReason.TooLight => "too light",
        GateReason.NoInformation => "nothing to see",
        GateReason.ExactDuplicate => "the same pixels",
        GateReason.NearDuplicate => "the same shot",
        GateReason.SetIsFull => "good, but the set is full",
        GateReason.NotACar => "not a car",
        GateReason.BusyBackground => "busy background",
        GateReason.Occluded => "something before the car",
        GateReason.SeveralCars => "several cars",
        GateReason.BrandLogo => "a brand logo",
        GateReason.SameScene => "the same scene",
        _ => reason?.ToString().ToLowerInvariant() ?? "not taken",
    };

    private static string Text(string text) => WebUtility.HtmlEncode(text);

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
