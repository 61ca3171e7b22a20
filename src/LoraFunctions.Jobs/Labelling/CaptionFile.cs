using CsvHelper;
using LoraFunctions.Jobs.Configuration;

namespace LoraFunctions.Jobs.Labelling;

/// <summary>
/// <c>metadata.csv</c>: rows <c>img01.jpg,"Tesla Model Y, hidden door handles, black roof, side view, daylight"</c>.
/// Written without a header; a header <c>file_name,text</c> is accepted when reading.
/// </summary>
public static class CaptionFile
{
    private static readonly string[] FileNameHeadings = ["file_name", "filename", "file", "image"];

    private static CsvReaderOptions Format =>
        new()
        {
            HasHeader = false,
            TrimWhitespace = true,
            TrimInsideQuotes = true,
            TrackLineNumbers = true,
        };

    /// <exception cref="InvalidJobInputException">
    /// Rows that are no pair of file name and caption, or name a file twice; all of them, with their lines.
    /// </exception>
    public static IReadOnlyList<CaptionRow> Read(string path)
    {
        var problems = new Problems();
        var rows = Read(path, problems);
        problems.ThrowIfAny();
        return rows;
    }

    /// <summary>Rows in the order of <paramref name="rows"/>; a temporary name first, so that no half file is ever seen.</summary>
    public static void Write(string path, IEnumerable<CaptionRow> rows)
    {
        var temporary = path + ".tmp";
        using (var csv = CsvWriter.ToFile(temporary, new CsvWriterOptions { HasHeader = false, NewLine = "\n" }))
        {
            foreach (var row in rows)
            {
                csv.WriteField(row.FileName);
                csv.WriteField(row.Caption, CsvQuoting.Always);
                csv.EndRecord();
            }
        }

        File.Move(temporary, path, overwrite: true);
    }

    /// <summary>The good rows; the others are added to <paramref name="problems"/>. An empty caption is a problem of its row.</summary>
    internal static List<CaptionRow> Read(string path, Problems problems)
    {
        var rows = new List<CaptionRow>();
        var firstLine = new Dictionary<string, long>(StringComparer.Ordinal);
        try
        {
            using var csv = CsvReader.FromText(
                TextFile.Read(path),
                Format with
                {
                    OnMalformedRecord = bad =>
                        problems.Add(
                            $"{path}:{bad.LineNumber}: the double quotes do not match ({bad.Reason}); write one before and one after the "
                                + "caption, and \"\" for one inside."),
                });
            for (var isFirst = true; csv.Read(); isFirst = false)
            {
                string[] fields = [.. Enumerable.Range(0, csv.FieldCount).Select(csv.GetString)];
                if (isFirst && FileNameHeadings.Contains(fields[0], StringComparer.OrdinalIgnoreCase))
                {
                    continue;
                }

                var line = csv.LineNumber;
                if (fields.Length != 2)
                {
                    problems.Add(
                        $"{path}:{line}: {fields.Length} {(fields.Length == 1 ? "field" : "fields")} where a file name and a caption are expected; put the caption in double "
                            + "quotes.");
                }
                else if (fields[0].Length == 0)
                {
                    problems.Add($"{path}:{line}: the file name is empty.");
                }
                else if (!IsBelow(fields[0]))
                {
                    problems.Add(
                        $"{path}:{line}: {fields[0]}: is no name inside the photos' folder; write it as it is there, without '.' and '..' "
                            + "as folders and without a '/' in front.");
                }
                else if (fields[1].Length == 0)
                {
                    problems.Add($"{path}:{line}: {fields[0]}: the caption is empty.");
                }
                else if (!firstLine.TryAdd(fields[0], line))
                {
                    problems.Add($"{path}:{line}: {fields[0]} has a caption in line {firstLine[fields[0]]} already; keep one.");
                }
                else
                {
                    rows.Add(new CaptionRow(fields[0], fields[1], line));
                }
            }
        }
        catch (InvalidDataException exception)
        {
            problems.Add(exception.Message);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or CsvFormatException)
        {
            problems.Add($"{path}: cannot be read: {exception.Message}");
        }

        return rows;
    }

    /// <summary>One photo has one name, so that no photo is taken twice and none from elsewhere.</summary>
    private static bool IsBelow(string name) =>
        !Path.IsPathRooted(name) && !name.Contains('\0') && name.Split('/').All(part => part is not ("" or "." or ".."));
}
