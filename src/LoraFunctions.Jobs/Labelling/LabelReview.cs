using System.Net;
using System.Text;

namespace LoraFunctions.Jobs.Labelling;

/// <summary>
/// <c>label-review.html</c>: every picture with its proposed words, the least sure first, on one page that needs no other file. The words can be
/// changed there, and a button gives the changed ones as the file of corrections.
/// </summary>
internal static class LabelReview
{
    private const string Style =
        "body{font:15px/1.4 sans-serif;margin:2rem}figure{display:inline-block;vertical-align:top;width:16rem;margin:0 1rem 1rem 0}img{max-width:16rem;max-height:16rem}"
        + "textarea{width:16rem;height:5rem;font:14px sans-serif}.changed textarea{background:#fff3d6}.corrected b::after{content:' (corrected)';color:#070}small{color:#555}";

    // Quotes of CSV are doubled; rows that a person has not changed are not in the file.
    private const string Script =
        "function save(){let rows=[];document.querySelectorAll('figure').forEach(f=>{let t=f.querySelector('textarea');"
        + "if(f.classList.contains('corrected')||t.value!==t.defaultValue)rows.push([f.dataset.file,t.value.replace(/\\s+/g,' ').trim()].map(x=>'\"'+x.replace(/\"/g,'\"\"')+'\"').join(','))});"
        + "let a=document.createElement('a');a.href=URL.createObjectURL(new Blob([rows.join('\\n')+'\\n'],{type:'text/csv'}));a.download='" + LabelFiles.Overrides + "';a.click()}"
        + "document.addEventListener('input',e=>e.target.closest('figure').classList.toggle('changed',e.target.value!==e.target.defaultValue));";

    /// <param name="thumbnails">JPEG files by the photos' names.</param>
    public static string Write(string displayName, IReadOnlyList<LabelledPhoto> photos, IReadOnlyDictionary<string, byte[]> thumbnails)
    {
        var page = new StringBuilder();
        page.Append($"<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<title>Labels of {Text(displayName)}</title>\n<style>{Style}</style>\n<script>{Script}</script>\n</head>\n<body>\n");
        page.Append($"<h1>{Text(displayName)}: {photos.Count} photos</h1>\n<p>Change what is wrong, the least sure come first. <button onclick=\"save()\">Save {LabelFiles.Overrides}</button> ");
        page.Append("Put that file beside the photos and label again: it is kept, and the other photos learn from it.</p>\n");
        foreach (var photo in photos.OrderBy(photo => photo.Corrected).ThenBy(photo => photo.Labels.Min(label => (double?)label.Margin) ?? 1).ThenBy(photo => photo.FileName, StringComparer.Ordinal))
        {
            page.Append($"<figure data-file=\"{Text(photo.FileName)}\"{(photo.Corrected ? " class=\"corrected\"" : "")}>");
            page.Append($"<img src=\"data:image/jpeg;base64,{Convert.ToBase64String(thumbnails[photo.FileName])}\" alt=\"\" loading=\"lazy\"><br><b>{Text(photo.FileName)}</b>");
            page.Append($"<textarea spellcheck=\"false\">{Text(photo.Caption)}</textarea><small>{Text(string.Join("; ", photo.Labels.Select(Sureness)))}</small></figure>\n");
        }

        return page.Append("</body>\n</html>\n").ToString();
    }

    private static string Sureness(AssignedLabel label) => FormattableString.Invariant($"{label.Group}: {(label.Word is null ? "not sure" : label.Word.Length == 0 ? "none" : label.Word)} {label.Probability:0 %}");

    private static string Text(string text) => WebUtility.HtmlEncode(text);
}
