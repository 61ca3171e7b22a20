using CsvHelper;

namespace LoraFunctions.Contracts;

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
            TrimInsideQuotes = false,
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

    /// <summary>The same of a file that is at hand.</summary>
    /// <param name="name">For messages.</param>
    /// <exception cref="InvalidJobInputException">As for a file on the disk.</exception>
    public static IReadOnlyList<CaptionRow> Parse(string name, ReadOnlySpan<byte> bytes)
    {
        var problems = new Problems();
        var rows = new List<CaptionRow>();
        Parse(name, TextFile.Decode(name, bytes), rows, problems);
        problems.ThrowIfAny();
        return rows;
    }

    /// <summary>Rows in the order of <paramref name="rows"/>, whole or not at all.</summary>
    public static void Write(string path, IEnumerable<CaptionRow> rows) => WholeFile.Write(path, Encode(rows));

    public static byte[] Encode(IEnumerable<CaptionRow> rows)
    {
        using var stream = new MemoryStream();
        using (var csv = CsvWriter.Create(stream, new CsvWriterOptions { HasHeader = false, NewLine = "\n" }, leaveOpen: true))
        {
            foreach (var row in rows)
            {
                if (row.FileName == row.FileName.Trim())
                {
                    csv.WriteField(row.FileName);
                }
                else
                {
                    // In quotes, blanks at either end are the name's own.
                    csv.WriteField(row.FileName, CsvQuoting.Always);
                }

                csv.WriteField(row.Caption, CsvQuoting.Always);
                csv.EndRecord();
            }
        }

        return stream.ToArray();
    }

    /// <summary>The good rows; the others are added to <paramref name="problems"/>. An empty caption is a problem of its row.</summary>
    public static List<CaptionRow> Read(string path, Problems problems) => Read(path, problems, out _);

    /// <param name="isWhole">Every row was found; false: there may be others behind what could not be read.</param>
    public static List<CaptionRow> Read(string path, Problems problems, out bool isWhole)
    {
        var rows = new List<CaptionRow>();
        isWhole = false;
        try
        {
            isWhole = Parse(path, TextFile.Read(path), rows, problems);
        }
        catch (InvalidDataException exception)
        {
            problems.Add(exception.Message);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            problems.Add($"{path}: cannot be read: {exception.Message}");
        }

        return rows;
    }

    /// <returns>Whether no row may have been missed.</returns>
    private static bool Parse(string path, string text, List<CaptionRow> rows, Problems problems)
    {
        var isWhole = true;
        var firstLine = new Dictionary<string, long>(StringComparer.Ordinal);
        try
        {
            using var csv = CsvReader.FromText(
                text,
                Format with
                {
                    OnMalformedRecord = bad =>
                    {
                        isWhole = false;
                        problems.Add(
                            $"{path}:{bad.LineNumber}: the double quotes do not match ({bad.Reason}); write one before and one after the "
                                + "caption, and \"\" for one inside.");
                    },
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
                else if (string.IsNullOrWhiteSpace(fields[0]))
                {
                    problems.Add($"{path}:{line}: the file name is empty.");
                }
                else if (!IsBelow(fields[0]))
                {
                    problems.Add(
                        $"{path}:{line}: {fields[0]}: is no name inside the photos' folder; write it as it is there, without '.' and '..' "
                            + "as folders and without a '/' in front.");
                }
                else if (fields[1].Trim() is not { Length: > 0 } caption)
                {
                    problems.Add($"{path}:{line}: {fields[0]}: the caption is empty.");
                }
                else if (!firstLine.TryAdd(fields[0], line))
                {
                    problems.Add($"{path}:{line}: {fields[0]} has a caption in line {firstLine[fields[0]]} already; keep one.");
                }
                else
                {
                    rows.Add(new CaptionRow(fields[0], caption, line));
                }
            }
        }
        catch (CsvFormatException exception)
        {
            problems.Add($"{path}: cannot be read: {exception.Message}");
            isWhole = false;
        }

        return isWhole;
    }

    /// <summary>One photo has one name, so that no photo is taken twice and none from elsewhere.</summary>
    private static bool IsBelow(string name) =>
        !Path.IsPathRooted(name) && !name.Contains('\0') && name.Split('/').All(part => part is not ("" or "." or ".."));
}

/// <summary>One row of <c>metadata.csv</c>.</summary>
/// <param name="Line">Where it stands, from 1; 0 for a row that was not read.</param>
public sealed record CaptionRow(string FileName, string Caption, long Line = 0);
