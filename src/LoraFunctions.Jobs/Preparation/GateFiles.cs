using System.Text.Json;
using LoraFunctions.Imaging;
using LoraFunctions.Imaging.Gate;
using LoraFunctions.Jobs.Labelling;

namespace LoraFunctions.Jobs.Preparation;

/// <summary>The gate's report and page beside a data set's photos, when CLIP has looked at them too.</summary>
internal static class GateFiles
{
    /// <summary>The names that photos have in a data set, with those in the report: every photo that lies there, CLIP may have rejected it since.</summary>
    public static Dictionary<string, string> NamesInSet(GateReport report)
    {
        var names = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (var photo in report.Photos.Where(photo => photo.Accepted || photo.IsByClip))
        {
            var file = FileNames.Plain(photo.Name);
            names.Add(names.ContainsKey(file) ? $"{Path.GetFileNameWithoutExtension(file)}-{photo.Sha256[..8]}{Path.GetExtension(file)}" : file, photo.Name);
        }

        return names;
    }

    /// <summary>Says in both what CLIP rejected, and no longer what it rejected before; nothing where the folder was not made by <c>lora prepare</c>.</summary>
    public static void Update(string folder, IReadOnlyList<ClipRejection> rejected, IReadOnlyList<LabelledPhoto> photos)
    {
        var (file, page) = (Path.Combine(folder, PreparationFiles.Report), Path.Combine(folder, PreparationFiles.Page));
        if (!File.Exists(file) || !File.Exists(page) || Read(file) is not { } report)
        {
            return;
        }

        var names = NamesInSet(report);
        var by = rejected.Where(photo => names.ContainsKey(photo.File)).ToDictionary(photo => names[photo.File], photo => photo);
        var captions = photos.Where(photo => names.ContainsKey(photo.FileName)).ToDictionary(photo => names[photo.FileName], photo => photo.Caption, StringComparer.Ordinal);
        report = report with
        {
            Photos =
            [
                .. report.Photos.Select(photo => photo.IsByClip ? photo.Taken() : photo).Select(photo => !by.TryGetValue(photo.Name, out var why) ? photo
                    : photo.NotTaken(why.Reason, why.Sentence, why.DuplicateOf is { } other ? names.GetValueOrDefault(other, other) : null)),
            ],
            Missing = PhotoSet.Missing([.. captions.Values]),
        };
        WholeFile.Write(page, GatePage.Write(report, GatePage.Thumbnails(File.ReadAllText(page)), captions));
        WholeFile.Write(file, report.ToJson());
    }

    private static GateReport? Read(string file)
    {
        try
        {
            return GateReport.FromJson(File.ReadAllText(file));
        }
        catch (JsonException)
        {
            return null; // A night's report on a data set has this name too.
        }
    }
}
