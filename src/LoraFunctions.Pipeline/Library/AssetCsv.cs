using System.Globalization;
using CsvHelper;

namespace LoraFunctions.Pipeline.Library;

/// <summary><c>manifest.csv</c>: the manifest for people with a spreadsheet; UTF-8 with a byte order mark, without which Excel garbles Chinese.</summary>
internal static class AssetCsv
{
    private static readonly string[] s_headings =
        ["file", "left", "right", "left_key", "right_key", "scene", "seed", "width", "height", "template", "sha256", "job", "rendered_seed", "margin"];

    public static byte[] Write(AssetManifest manifest)
    {
        using var stream = new MemoryStream();
        stream.Write("\uFEFF"u8);
        using (var csv = CsvWriter.Create(stream, new CsvWriterOptions { HasHeader = false, NewLine = "\r\n" }, leaveOpen: true))
        {
            WriteRow(csv, s_headings);
            foreach (var p in manifest.Pictures)
            {
                WriteRow(csv,
                [
                    p.File,
                    p.Left.DisplayName,
                    p.Right.DisplayName,
                    p.Left.ModelKey,
                    p.Right.ModelKey,
                    p.Scene,
                    p.Seed.ToString(CultureInfo.InvariantCulture),
                    p.Width.ToString(CultureInfo.InvariantCulture),
                    p.Height.ToString(CultureInfo.InvariantCulture),
                    p.Template,
                    p.Sha256,
                    p.JobId,
                    p.Judged is { } judged ? judged.Kept.Seed.ToString(CultureInfo.InvariantCulture) : "",
                    p.Judged is { } scored ? scored.Kept.Margin.ToString("0.000", CultureInfo.InvariantCulture) : "",
                ]);
            }
        }

        return stream.ToArray();
    }

    private static void WriteRow(CsvWriter csv, IEnumerable<string> fields)
    {
        foreach (var field in fields)
        {
            // A spreadsheet takes a text that begins so for a formula.
            csv.WriteField(field.Length > 0 && field[0] is '=' or '+' or '-' or '@' ? "'" + field : field);
        }

        csv.EndRecord();
    }
}
