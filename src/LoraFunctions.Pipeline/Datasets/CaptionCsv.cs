using CsvHelper;

namespace LoraFunctions.Pipeline.Datasets;

/// <summary><c>metadata.csv</c>: rows <c>img01.jpg,"Tesla Model Y, hidden door handles, black roof, side view, daylight"</c>, no heading, UTF-8.</summary>
internal static class CaptionCsv
{
    /// <exception cref="InvalidDataException">A row is no pair of file and caption, or names a file twice; every one is in the message.</exception>
    public static IReadOnlyDictionary<string, string> Read(string name, ReadOnlyMemory<byte> utf8)
    {
        var problems = new List<string>();
        var captions = new Dictionary<string, string>();
        var format = new CsvReaderOptions
        {
            HasHeader = false,
            TrackLineNumbers = true,
            OnMalformedRecord = bad => problems.Add($"line {bad.LineNumber}: {bad.Reason}"),
        };
        try
        {
            using var csv = CsvReader.Create(utf8, format);
            while (csv.Read())
            {
                if (csv.FieldCount != 2 || csv.GetString(0).Length == 0 || csv.GetString(1).Length == 0)
                {
                    problems.Add($"line {csv.LineNumber}: a file name and a caption are expected");
                }
                else if (!captions.TryAdd(csv.GetString(0), csv.GetString(1)))
                {
                    problems.Add($"line {csv.LineNumber}: {csv.GetString(0)} has a caption already");
                }
            }
        }
        catch (CsvFormatException e)
        {
            problems.Add(e.Message);
        }

        return problems.Count == 0 ? captions : throw new InvalidDataException($"{name} is no list of captions: {string.Join("; ", problems)}.");
    }

    public static byte[] Write(IEnumerable<DatasetPhoto> photos)
    {
        using var stream = new MemoryStream();
        using (var csv = CsvWriter.Create(stream, new CsvWriterOptions { HasHeader = false, NewLine = "\n" }, leaveOpen: true))
        {
            foreach (var photo in photos)
            {
                csv.WriteField(photo.File);
                csv.WriteField(photo.Caption, CsvQuoting.Always);
                csv.EndRecord();
            }
        }

        return stream.ToArray();
    }
}
