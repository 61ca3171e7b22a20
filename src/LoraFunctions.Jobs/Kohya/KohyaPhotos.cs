using System.Globalization;
using LoraFunctions.Imaging;
using LoraFunctions.Jobs.Labelling;

namespace LoraFunctions.Jobs.Kohya;

/// <summary>
/// Photos as sd-scripts wants them: in folders <c>{repeats}_{class}</c> below the folder it is given (the DreamBooth way), or right in it, each
/// with its caption in a text file of the same name.
/// </summary>
internal sealed record KohyaPhotos(string Folder, int? Repeats, IReadOnlyList<string> Warnings)
{
    /// <summary>sd-scripts' default ending; everybody sets .txt.</summary>
    public const string DefaultCaptionExtension = ".caption";

    public const string UsualCaptionExtension = ".txt";

    public int Count => PictureFolder.Names(Folder).Count;

    /// <summary>Null when there is no such folder on this machine.</summary>
    public static KohyaPhotos? Find(string folder)
    {
        if (!Directory.Exists(folder))
        {
            return null;
        }

        var named = Directory.EnumerateDirectories(folder).Select(Path.GetFileName).OfType<string>().Order(StringComparer.Ordinal)
            .Select(name => (Name: name, Repeats: RepeatsIn(name)))
            .Where(f => f.Repeats is not null).ToArray();
        var repeats = named.Select(f => f.Repeats!.Value).Distinct().ToArray();
        return named switch
        {
            [] => new KohyaPhotos(folder, null, []),
            [var only] => new KohyaPhotos(Path.Combine(folder, only.Name), only.Repeats, []),
            _ when repeats.Length == 1 => new KohyaPhotos(folder, repeats[0], []),
            _ => new KohyaPhotos(
                folder,
                repeats.Max(),
                [$"{folder}: the folders {string.Join(", ", named.Select(f => f.Name))} repeat their photos differently often; all are repeated {repeats.Max()} times."]),
        };
    }

    /// <summary>Writes <c>metadata.csv</c> beside the photos.</summary>
    /// <param name="classTokens">The caption of a photo without a file; null: the class its folder names.</param>
    /// <exception cref="InvalidJobInputException">There is one already, or photos have neither file nor class: all of them.</exception>
    public string WriteCaptions(string extension, string? classTokens)
    {
        var target = Path.Combine(Folder, LabelFiles.Metadata);
        if (File.Exists(target))
        {
            throw new InvalidJobInputException($"{target}: is there already; import without --captions, or move it away.");
        }

        WholeFile.ThrowIfUnwritable(target);
        var (rows, problems) = (new List<CaptionRow>(), new List<string>());
        foreach (var name in PictureFolder.Names(Folder))
        {
            var file = Path.ChangeExtension(Path.Combine(Folder, name), extension);
            string? caption;
            try
            {
                // sd-scripts takes the first line.
                caption = File.Exists(file) ? TextFile.Read(file).Split('\n')[0].Trim() : classTokens ?? ClassOf(Path.Combine(Folder, name));
            }
            catch (InvalidDataException exception)
            {
                problems.Add(exception.Message);
                continue;
            }

            if (string.IsNullOrEmpty(caption))
            {
                problems.Add($"{Path.Combine(Folder, name)}: has no caption; looked for {Path.GetFileName(file)} beside it.");
            }
            else
            {
                rows.Add(new CaptionRow(name, caption));
            }
        }

        if (rows.Count == 0 && problems.Count == 0)
        {
            problems.Add($"{Folder}: holds no photo (JPEG, PNG, WebP, BMP, GIF or TIFF).");
        }

        if (problems.Count > 0)
        {
            throw new InvalidJobInputException(problems);
        }

        CaptionFile.Write(target, rows);
        return target;
    }

    /// <summary>Copies the photos of a <c>metadata.csv</c>, each with its caption in a text file.</summary>
    /// <param name="target">A folder that is not there yet, whose name says how often its photos are repeated: <c>20_car</c>.</param>
    /// <returns>How many.</returns>
    /// <exception cref="InvalidJobInputException">The captions are broken, a photo is missing, or the folder cannot be made.</exception>
    public static int Write(string folder, string target)
    {
        var problems = new Problems();
        var rows = CaptionFile.Read(Path.Combine(folder, LabelFiles.Metadata), problems);
        foreach (var row in rows.Where(row => !File.Exists(Path.Combine(folder, row.FileName))))
        {
            problems.Add($"{Path.Combine(folder, row.FileName)}: there is no such file.");
        }

        if (RepeatsIn(Path.GetFileName(Path.TrimEndingDirectorySeparator(target))) is null)
        {
            problems.Add($"{target}: sd-scripts reads folders named {{repeats}}_{{class}}, e.g. {Path.Combine(target, "20_car")}.");
        }

        if (Path.Exists(target))
        {
            problems.Add($"{target}: is there already; name a new folder.");
        }

        WholeFile.CheckWritable(Path.Combine(target, "1.txt"), problems);
        problems.ThrowIfAny();
        Directory.CreateDirectory(target);
        var used = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        foreach (var row in rows)
        {
            var (name, ending) = (FileNames.Plain(Path.ChangeExtension(row.FileName, null)), Path.GetExtension(row.FileName));
            for (var number = 2; !used.Add(name); number++)
            {
                name = FileNames.Plain($"{Path.ChangeExtension(row.FileName, null)}-{number}");
            }

            File.Copy(Path.Combine(folder, row.FileName), Path.Combine(target, name + ending));
            File.WriteAllText(Path.Combine(target, name + UsualCaptionExtension), row.Caption + "\n");
        }

        return rows.Count;
    }

    /// <summary>Photos with a caption file that this ending passes over.</summary>
    public int CaptionsPassedOver(string extension) =>
        PictureFolder.Names(Folder).Select(name => Path.Combine(Folder, name)).Count(photo =>
            File.Exists(Path.ChangeExtension(photo, UsualCaptionExtension)) && !File.Exists(Path.ChangeExtension(photo, extension)));

    private static int? RepeatsIn(string name) =>
        name.IndexOf('_', StringComparison.Ordinal) is > 0 and var at
        && int.TryParse(name[..at], NumberStyles.None, CultureInfo.InvariantCulture, out var repeats) && repeats > 0 ? repeats : null;

    private static string? ClassOf(string path)
    {
        var folder = Path.GetFileName(Path.GetDirectoryName(path))!;
        return RepeatsIn(folder) is not null ? folder[(folder.IndexOf('_', StringComparison.Ordinal) + 1)..].Trim() : null;
    }
}
