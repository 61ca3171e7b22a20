using System.Collections.Concurrent;
using LoraFunctions.Imaging;
using LoraFunctions.Imaging.Codecs;
using LoraFunctions.Imaging.Gate;
using LoraFunctions.Imaging.Sheets;
using LoraFunctions.Jobs.Labelling;

namespace LoraFunctions.Jobs.Preparation;

/// <summary>Make a data set of one folder of photos of one car model.</summary>
public sealed record PreparationRequest
{
    /// <summary>Looked through with the folders in it. Captions in a <c>metadata.csv</c> or in <c>.txt</c> files beside the photos are taken along.</summary>
    public required string PhotosFolder { get; init; }

    /// <summary><c>vehicle.json</c>; copied beside the photos that are taken.</summary>
    public required string VehicleFile { get; init; }

    public required Vehicle Vehicle { get; init; }

    /// <summary>Made when missing; else it is empty or holds an earlier result of this job, which is replaced.</summary>
    public required string OutputFolder { get; init; }

    public GateOptions Gate { get; init; } = new();

    public int MinPhotos { get; init; } = PhotoSet.DefaultMinPhotos;

    public int MaxPhotos { get; init; } = PhotoSet.DefaultMaxPhotos;

    /// <summary>Photos measured at once, each of them decoded in memory; how many makes no difference to the result.</summary>
    public int Threads { get; init; } = Environment.ProcessorCount;
}

/// <summary>The names of what preparation writes beside the photos it takes.</summary>
public static class PreparationFiles
{
    public const string Report = "gate-report.json";

    public const string Page = "gate-report.html";

    public const string Vehicle = "vehicle.json";
}

/// <summary>The gate and the choice of the best over a folder of photos: folder in, folder out.</summary>
public sealed class PreparationJob : IJob<PreparationRequest, GateReport>
{
    public const string Stage = "looking at photos";

    /// <inheritdoc/>
    /// <exception cref="InvalidJobInputException">A folder or an option is wrong; nothing is written.</exception>
    public GateReport Run(PreparationRequest request, IProgress<JobProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        Check(request);
        var files = PictureFolder.Files(request.PhotosFolder);
        string[] names = [.. files.Where(file => file.Kind != FileKind.Ignored).Select(file => file.Name)];
        var captions = SetCaptions.Read(request.PhotosFolder, names);
        var thumbnails = new Dictionary<string, byte[]>(StringComparer.Ordinal);
        var judged = Judge(request, names, thumbnails, progress, cancellationToken);

        var best = PhotoSet.Best(judged.Accepted.Select(photo => new SetCandidate(photo.Name, photo.Quality ?? 0, captions.GetValueOrDefault(photo.Name, ""))), request.MaxPhotos);
        var report = judged with
        {
            Photos =
            [
                .. judged.Photos.Select(photo => !photo.Accepted || best.Contains(photo.Name) ? photo
                    : photo.NotTaken(GateReason.SetIsFull, $"is good, but the set has its {request.MaxPhotos} photos, and they are better")),
            ],
            Missing = PhotoSet.Missing([.. best.Select(name => captions.GetValueOrDefault(name, ""))], request.MinPhotos),
            Ignored = [.. files.Where(file => file.Kind == FileKind.Ignored)],
        };
        Write(request, report, captions, thumbnails);
        return report;
    }

    private static void Check(PreparationRequest request)
    {
        var problems = new Problems();
        var (photos, output) = (Full(request.PhotosFolder), Full(request.OutputFolder));
        if (!Directory.Exists(photos))
        {
            problems.Add($"There is no folder {request.PhotosFolder}; name the folder of the photos.");
        }

        if ((output + "/").StartsWith(photos + "/", StringComparison.Ordinal))
        {
            problems.Add($"--out {request.OutputFolder} lies among the photos, where its copies would be found the next time; name a folder elsewhere.");
        }
        else if (Directory.Exists(output) && Directory.EnumerateFileSystemEntries(output).Any() && !File.Exists(Path.Combine(output, PreparationFiles.Report)))
        {
            problems.Add($"--out {request.OutputFolder} holds files, and no {PreparationFiles.Report} of an earlier run; name another folder, or empty it.");
        }
        else
        {
            WholeFile.CheckWritable(Path.Combine(output, PreparationFiles.Report), problems);
        }

        foreach (var error in request.Gate.Validate())
        {
            problems.Add(error);
        }

        problems.ThrowIfAny();
    }

    // As many at once as there are threads; judged in the order of their names, so that always the same one of two alike stays.
    private static GateReport Judge(
        PreparationRequest request, string[] names, Dictionary<string, byte[]> thumbnails, IProgress<JobProgress>? progress, CancellationToken cancellationToken)
    {
        var gate = new PhotoGate(request.Vehicle.DisplayName, request.Gate);
        var done = 0;
        foreach (var photo in Partitioner.Create(names, loadBalance: true).AsParallel().AsOrdered().WithMergeOptions(ParallelMergeOptions.NotBuffered).WithDegreeOfParallelism(Math.Clamp(request.Threads, 1, 64))
            .WithCancellation(cancellationToken).Select(name => Measure(request, name)))
        {
            var verdict = gate.Judge(photo);
            if (photo.Thumbnail is { } thumbnail)
            {
                thumbnails[verdict.Name] = thumbnail;
            }

            progress?.Report(new JobProgress(Stage, ++done, names.Length));
        }

        return gate.Report();
    }

    private static MeasuredPhoto Measure(PreparationRequest request, string name)
    {
        var path = Path.Combine(request.PhotosFolder, name);
        var bytes = 0L;
        try
        {
            bytes = new FileInfo(path).Length;
            return bytes > request.Gate.Decode.MaxBytes
                ? MeasuredPhoto.Unreadable(name, bytes, $"it has {bytes} bytes, at most {request.Gate.Decode.MaxBytes} are read")
                : MeasuredPhoto.Of(name, File.ReadAllBytes(path), request.Gate);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return MeasuredPhoto.Unreadable(name, bytes, e.Message.TrimEnd('.'));
        }
    }

    private static void Write(PreparationRequest request, GateReport report, IReadOnlyDictionary<string, string> captions, IReadOnlyDictionary<string, byte[]> thumbnails)
    {
        Directory.CreateDirectory(request.OutputFolder);
        var copies = GateFiles.NamesInSet(report);
        RemoveEarlier(request.OutputFolder, copies);
        foreach (var (file, name) in copies)
        {
            File.Copy(Path.Combine(request.PhotosFolder, name), Path.Combine(request.OutputFolder, file), overwrite: true);
        }

        if (captions.Count > 0)
        {
            CaptionFile.Write(
                Path.Combine(request.OutputFolder, LabelFiles.Metadata),
                copies.Where(copy => captions.ContainsKey(copy.Value)).OrderBy(copy => copy.Key, StringComparer.Ordinal).Select(copy => new CaptionRow(copy.Key, captions[copy.Value])));
        }

        if (copies.Count > 0)
        {
            var tiles = copies.Select(copy => new ContactSheetTile(ImageCodec.Decode(thumbnails[copy.Value]), copy.Key));
            var sheet = ContactSheet.Render([.. tiles], new ContactSheetOptions { Columns = 10, TileWidth = MeasuredPhoto.ThumbnailSide, TileHeight = MeasuredPhoto.ThumbnailSide });
            WholeFile.Write(Path.Combine(request.OutputFolder, NamedFile.ContactSheet), ImageCodec.EncodeJpeg(sheet, 85));
        }

        File.Copy(request.VehicleFile, Path.Combine(request.OutputFolder, PreparationFiles.Vehicle), overwrite: true);
        WholeFile.Write(Path.Combine(request.OutputFolder, PreparationFiles.Page), GatePage.Write(report, thumbnails, captions));
        WholeFile.Write(Path.Combine(request.OutputFolder, PreparationFiles.Report), report.ToJson());
    }

    // What an earlier run took and this one does not; whatever else a person has put there stays.
    private static void RemoveEarlier(string folder, Dictionary<string, string> copies)
    {
        var earlier = Path.Combine(folder, PreparationFiles.Report);
        if (!File.Exists(earlier))
        {
            return;
        }

        try
        {
            foreach (var file in GateFiles.NamesInSet(GateReport.FromJson(File.ReadAllText(earlier))).Keys.Where(file => !copies.ContainsKey(file)))
            {
                File.Delete(Path.Combine(folder, file));
            }
        }
        catch (System.Text.Json.JsonException e)
        {
            throw new InvalidJobInputException($"{earlier} is no report of an earlier run ({e.Message}); move it away, or name another folder with --out.", e);
        }
    }

    private static string Full(string path) => Path.TrimEndingDirectorySeparator(Path.GetFullPath(path));
}
