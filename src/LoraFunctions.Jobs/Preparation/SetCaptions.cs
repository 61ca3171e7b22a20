using LoraFunctions.Jobs.Kohya;
using LoraFunctions.Jobs.Labelling;

namespace LoraFunctions.Jobs.Preparation;

/// <summary>The captions that photos have already: rows of <c>metadata.csv</c>, else the first lines of text files of the photos' names, as sd-scripts has them.</summary>
public static class SetCaptions
{
    /// <param name="names">Of the photos, relative to the folder.</param>
    /// <returns>By the photos' names; those without a caption are not in it.</returns>
    /// <exception cref="InvalidJobInputException">A caption file is broken.</exception>
    public static IReadOnlyDictionary<string, string> Read(string folder, IReadOnlyCollection<string> names)
    {
        ArgumentNullException.ThrowIfNull(names);
        var metadata = Path.Combine(folder, LabelFiles.Metadata);
        if (File.Exists(metadata))
        {
            return CaptionFile.Read(metadata).ToDictionary(row => row.FileName, row => row.Caption, StringComparer.Ordinal);
        }

        var captions = new Dictionary<string, string>(StringComparer.Ordinal);
        var problems = new Problems();
        foreach (var name in names)
        {
            try
            {
                if (TextBeside(Path.Combine(folder, name)) is { } text && TextFile.Read(text).Split('\n')[0].Trim() is { Length: > 0 } caption)
                {
                    captions.Add(name, caption);
                }
            }
            catch (InvalidDataException e)
            {
                problems.Add(e.Message);
            }
        }

        problems.ThrowIfAny();
        return captions;
    }

    /// <summary>How many photos of a folder without <c>metadata.csv</c> have a text file beside them.</summary>
    public static int TextsBeside(string folder, IEnumerable<string> names) =>
        File.Exists(Path.Combine(folder, LabelFiles.Metadata)) ? 0 : names.Count(name => TextBeside(Path.Combine(folder, name)) is not null);

    private static string? TextBeside(string photo) => Path.ChangeExtension(photo, KohyaPhotos.UsualCaptionExtension) is var text && File.Exists(text) ? text : null;
}
