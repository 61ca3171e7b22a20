using LoraFunctions.Diffusion.Checkpoints;
using LoraFunctions.Imaging;
using LoraFunctions.Imaging.Codecs;
using LoraFunctions.Imaging.Gate;
using LoraFunctions.Imaging.Pixels;
using LoraFunctions.Jobs.Preparation;

namespace LoraFunctions.Jobs.Labelling;

/// <summary>
/// Captions photos by CLIP from a label table. What a person wrote into <see cref="LabelFiles.Overrides"/> is kept, however often labels
/// are made.
/// </summary>
public sealed class LabellingJob : IJob<LabellingRequest, LabellingResult>
{
    /// <summary>What the user is told while CLIP looks at photos.</summary>
    public const string Stage = "labelling";

    private const int ThumbnailSide = 256;
    private const int ThumbnailQuality = 75;

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
        var cache = ReadCache(request, problems);
        var truth = request.TruthFile is { } path ? CaptionFile.Read(path, problems).ToDictionary(row => row.FileName, row => row.Caption, StringComparer.Ordinal) : null;
        foreach (var output in new[] { LabelFiles.Metadata, LabelFiles.Labels }.Where(_ => Directory.Exists(request.PhotosFolder)))
        {
            WholeFile.CheckWritable(Path.Combine(request.OutputFolder, output), problems);
        }

        if (request.CacheFile is { } cacheFile && !request.CacheIsOnlyRead)
        {
            WholeFile.CheckWritable(cacheFile, problems);
        }

        using var clip = TryLoad(request.ClipFolder, problems);
        problems.ThrowIfAny();
        using var classifier = new ZeroShotClassifier(clip!, table!.Groups, cancellationToken);
        using var gate = new ClipGate(clip!, table.Gate, cancellationToken);
        var all = Look(request, names, corrections, classifier, gate, progress, problems, cancellationToken);
        problems.ThrowIfAny();

        ClipRejection[] rejected = [.. all.Select(photo => gate.Judge(photo.Name, photo.Embedding, photo.Gate, insisted: photo.Key is not null)).OfType<ClipRejection>()];
        SeenPhoto[] seen = [.. all.Where(photo => !rejected.Any(other => other.File == photo.Name))];
        var mine = seen.Where(photo => photo.Key is not null).DistinctBy(photo => photo.Key).ToDictionary(photo => photo.Key!, photo => new CachedCorrection(corrections[photo.Name], Bytes(photo.Embedding)));
        var known = (cache ?? CorrectionCache.Empty(ClipName(request.ClipFolder))).With(mine);
        var learnt = LearntCorrections.Of(table, known.For(table), classifier.LogitsOf);
        LabelledPhoto[] photos = [.. seen.Select(photo => Labelled(request, table, photo, corrections.GetValueOrDefault(photo.Name), classifier, learnt))];

        Directory.CreateDirectory(request.OutputFolder);
        var (metadata, report) = (
            Path.Combine(request.OutputFolder, LabelFiles.Metadata),
            Path.Combine(request.OutputFolder, LabelFiles.Labels));
        WholeFile.Write(report, LabelReport.Write(request.DisplayName, photos, rejected));
        CaptionFile.Write(metadata, photos.Select(p => new CaptionRow(p.FileName, p.Caption)));
        if (request.CacheFile is { } file && !request.CacheIsOnlyRead)
        {
            known.Write(file);
        }

        if (request.Review)
        {
            WholeFile.Write(Path.Combine(request.OutputFolder, LabelFiles.Review), LabelReview.Write(request.DisplayName, photos, seen.ToDictionary(photo => photo.Name, photo => photo.Thumbnail!)));
        }

        GateFiles.Update(request.PhotosFolder, rejected, photos);
        return new LabellingResult(metadata, report, photos)
        {
            Rejected = rejected,
            PassedOver = [.. files.Where(file => file.Kind != FileKind.Photo && !IsOurs(file.Name))],
            Learnt = [.. learnt.Groups.Where(group => group.Corrections > 0)],
            Accuracy = truth is null ? [] : LabelAccuracy.Of(table, photos, truth),
            Differences = [.. photos.Where(photo => photo.Corrected).SelectMany(photo => Differences(table, photo))],
            Missing = PhotoSet.Missing([.. photos.Select(photo => photo.Caption)]),
        };
    }

    private static List<SeenPhoto> Look(
        LabellingRequest request,
        string[] names,
        Dictionary<string, string> corrections,
        ZeroShotClassifier classifier,
        ClipGate gate,
        IProgress<JobProgress>? progress,
        Problems problems,
        CancellationToken cancellationToken)
    {
        var seen = new List<SeenPhoto>();
        foreach (var name in names)
        {
            cancellationToken.ThrowIfCancellationRequested();
            progress?.Report(new JobProgress(Stage, seen.Count, names.Length));
            if (Read(Path.Combine(request.PhotosFolder, name), problems) is { } read)
            {
                var embedding = classifier.EmbeddingOf(read.Picture);
                seen.Add(new SeenPhoto(
                    name,
                    embedding,
                    gate.Score(embedding),
                    corrections.ContainsKey(name) ? CorrectionCache.KeyOf(read.File) : null,
                    request.Review ? ImageCodec.EncodeJpeg(Resizer.Fit(read.Picture, ThumbnailSide, ThumbnailSide), ThumbnailQuality) : null));
            }
        }

        progress?.Report(new JobProgress(Stage, names.Length, names.Length));
        return seen;
    }

    // A corrected photo shows what CLIP alone would say: that is what was corrected.
    private static LabelledPhoto Labelled(
        LabellingRequest request, LabelTable table, SeenPhoto photo, string? correction, ZeroShotClassifier classifier, LearntCorrections learnt)
    {
        var labels = classifier.Classify(photo.Embedding, correction is null ? learnt : null);
        return new LabelledPhoto(photo.Name, correction ?? table.CaptionOf(request.DisplayName.Trim(), request.Features, labels), Corrected: correction is not null, labels) { Gate = photo.Gate };
    }

    private static IEnumerable<string> Differences(LabelTable table, LabelledPhoto photo) =>
        table.AnswersOf(photo.Caption)
            .Select((answer, i) => (Said: answer is { } at ? table.Groups[i].Candidates[at].Word : null, Label: photo.Labels[i]))
            .Where(group => group.Said is not null && group.Label.Word != group.Said)
            .Select(group => $"{photo.FileName}: {group.Label.Group}: '{group.Label.Word ?? "not sure"}' was corrected to '{group.Said}'");

    private static byte[] Bytes(float[] embedding) => System.Runtime.InteropServices.MemoryMarshal.AsBytes<float>(embedding).ToArray();

    /// <summary>Tells one CLIP from another well enough: names and lengths of its files.</summary>
    private static string ClipName(string folder) =>
        Digests.OfText(string.Join('\n', new DirectoryInfo(folder).EnumerateFiles("*.safetensors").OrderBy(file => file.Name, StringComparer.Ordinal).Select(file => $"{file.Name} {file.Length}")))[..16];

    private static CorrectionCache? ReadCache(LabellingRequest request, Problems problems)
    {
        try
        {
            return request.CacheFile is { } path && File.Exists(path) && Directory.Exists(request.ClipFolder) ? CorrectionCache.Read(path, ClipName(request.ClipFolder), ofAnotherClip: request.CacheIsOnlyRead) : null;
        }
        catch (InvalidJobInputException exception)
        {
            problems.Add(exception);
            return null;
        }
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

    private static bool IsOurs(string name) =>
        name is LabelFiles.Metadata or LabelFiles.Labels or LabelFiles.Overrides or LabelFiles.Review
            or PreparationFiles.Report or PreparationFiles.Page or PreparationFiles.Vehicle or NamedFile.ContactSheet;

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

    private static (byte[] File, RgbImage Picture)? Read(string path, Problems problems)
    {
        try
        {
            var file = File.ReadAllBytes(path);
            return (file, ImageCodec.Decode(file));
        }
        catch (Exception exception) when (exception is UnreadableImageException or IOException or UnauthorizedAccessException)
        {
            problems.Add($"{path} cannot be read: {exception.Message.TrimEnd('.')}.");
            return null;
        }
    }

    /// <param name="Key">Of its content; null unless a person has corrected it.</param>
    private sealed record SeenPhoto(string Name, float[] Embedding, IReadOnlyList<GateScore> Gate, string? Key, byte[]? Thumbnail);
}
