using LoraFunctions.Diffusion.Checkpoints;
using LoraFunctions.Imaging;
using LoraFunctions.Imaging.Codecs;

namespace LoraFunctions.Jobs.Labelling;

/// <summary>
/// Captions photos by CLIP from a label table. What a person wrote into <see cref="LabelFiles.Overrides"/> is kept, however often labels
/// are made.
/// </summary>
public sealed class LabellingJob : IJob<LabellingRequest, LabellingResult>
{
    /// <summary>What the user is told while CLIP looks at photos.</summary>
    public const string Stage = "labelling";

    /// <inheritdoc/>
    /// <exception cref="InvalidJobInputException">
    /// The label table, a correction, a photo or the CLIP model is wrong; nothing is written.
    /// </exception>
    public LabellingResult Run(
        LabellingRequest request,
        IProgress<JobProgress>? progress = null,
        CancellationToken cancellationToken = default)
    {
        var problems = new Problems();
        var table = ReadTable(request, problems);
        var files = ReadFolder(request, problems);
        string[] names = [.. files.Where(file => file.Kind == FileKind.Photo).Select(file => file.Name)];
        var corrections = ReadCorrections(request, names, problems);
        if (string.IsNullOrWhiteSpace(request.DisplayName))
        {
            problems.Add("The car model's name is empty; captions begin with it, e.g. 'Tesla Model Y'.");
        }

        CheckWords(request, problems);
        foreach (var output in new[] { LabelFiles.Metadata, LabelFiles.Labels }.Where(_ => Directory.Exists(request.PhotosFolder)))
        {
            WholeFile.CheckWritable(Path.Combine(request.OutputFolder, output), problems);
        }

        using var clip = TryLoad(request.ClipFolder, problems);
        problems.ThrowIfAny();
        using var classifier = new ZeroShotClassifier(clip!, table!, cancellationToken);
        var photos = new List<LabelledPhoto>();
        foreach (var name in names)
        {
            cancellationToken.ThrowIfCancellationRequested();
            progress?.Report(new JobProgress(Stage, photos.Count, names.Length));
            if (Read(Path.Combine(request.PhotosFolder, name), problems) is { } picture)
            {
                var labels = classifier.Classify(picture);
                photos.Add(
                    corrections.TryGetValue(name, out var caption)
                        ? new LabelledPhoto(name, caption, Corrected: true, labels)
                        : new LabelledPhoto(
                            name,
                            table!.CaptionOf(request.DisplayName.Trim(), request.Features, labels),
                            Corrected: false,
                            labels));
            }
        }

        problems.ThrowIfAny();
        progress?.Report(new JobProgress(Stage, names.Length, names.Length));
        Directory.CreateDirectory(request.OutputFolder);
        var (metadata, report) = (
            Path.Combine(request.OutputFolder, LabelFiles.Metadata),
            Path.Combine(request.OutputFolder, LabelFiles.Labels));
        WholeFile.Write(report, LabelReport.Write(request.DisplayName, photos));
        CaptionFile.Write(metadata, photos.Select(p => new CaptionRow(p.FileName, p.Caption)));
        return new LabellingResult(metadata, report, photos) { PassedOver = [.. files.Where(file => file.Kind != FileKind.Photo && !IsOurs(file.Name))] };
    }

    private static ClipModel? TryLoad(string folder, Problems problems)
    {
        try
        {
            return Load(folder);
        }
        catch (InvalidJobInputException exception)
        {
            problems.Add(exception);
            return null;
        }
    }

    /// <summary>Captions become prompts, one a line: what begins a tag or a new line would be something else there.</summary>
    private static void CheckWords(LabellingRequest request, Problems problems)
    {
        foreach (var words in request.Features.Prepend(request.DisplayName).Where(w => w.Any(c => char.IsControl(c) || c is '<' or '>')))
        {
            problems.Add($"'{UserPath.Shown(words)}' stands in every caption, which is a line of words: leave out line breaks, '<' and '>'.");
        }
    }

    private static LabelTable? ReadTable(LabellingRequest request, Problems problems)
    {
        try
        {
            return LabelTableReader.Read(request.LabelTable);
        }
        catch (InvalidJobInputException exception)
        {
            problems.Add(exception);
            return null;
        }
    }

    private static bool IsOurs(string name) => name is LabelFiles.Metadata or LabelFiles.Labels or LabelFiles.Overrides;

    private static IReadOnlyList<NamedFile> ReadFolder(LabellingRequest request, Problems problems)
    {
        if (!Directory.Exists(request.PhotosFolder))
        {
            problems.Add($"There is no folder {request.PhotosFolder}; name the folder of the photos.");
            return [];
        }

        var files = PictureFolder.Files(request.PhotosFolder);
        if (files.All(file => file.Kind != FileKind.Photo))
        {
            problems.Add($"The folder {request.PhotosFolder} holds no photo (JPEG, PNG, WebP, BMP, GIF or TIFF).");
            foreach (var file in files.Where(file => file.Kind == FileKind.Refused))
            {
                problems.Add($"{Path.Combine(request.PhotosFolder, file.Name)}: {file.Reason}.");
            }
        }

        return files;
    }

    private static Dictionary<string, string> ReadCorrections(LabellingRequest request, IReadOnlyList<string> names, Problems problems)
    {
        var path = Path.Combine(request.PhotosFolder, LabelFiles.Overrides);
        if (!File.Exists(path))
        {
            return [];
        }

        var rows = CaptionFile.Read(path, problems);
        foreach (var row in rows.Where(r => !names.Contains(r.FileName, StringComparer.Ordinal)))
        {
            problems.Add($"{path}:{row.Line}: {row.FileName}: there is no such photo beside it; correct the name or remove the line.");
        }

        return rows.ToDictionary(r => r.FileName, r => r.Caption, StringComparer.Ordinal);
    }

    private static ClipModel Load(string folder)
    {
        if (!Directory.Exists(folder))
        {
            throw new InvalidJobInputException(
                $"There is no CLIP model at {Path.GetFullPath(folder)}; it takes a folder with config.json, model.safetensors, "
                    + "vocab.json and merges.txt ('lora models pull' fetches one).");
        }

        try
        {
            return ClipModel.Load(folder);
        }
        catch (CheckpointException exception)
        {
            throw new InvalidJobInputException(exception.Message, exception);
        }
    }

    private static RgbImage? Read(string path, Problems problems)
    {
        try
        {
            return ImageCodec.Decode(File.ReadAllBytes(path));
        }
        catch (Exception exception) when (exception is UnreadableImageException or IOException or UnauthorizedAccessException)
        {
            problems.Add($"{path} cannot be read: {exception.Message.TrimEnd('.')}.");
            return null;
        }
    }
}
