using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using LoraFunctions.Imaging;
using LoraFunctions.Imaging.Codecs;
using LoraFunctions.Imaging.Gate;
using LoraFunctions.Imaging.Pixels;
using LoraFunctions.Jobs.Labelling;
using LoraFunctions.Jobs.Training.Configuration;

namespace LoraFunctions.Jobs.Training.Data;

/// <summary>Every photo of one car model with its caption, checked and ready for the VAE.</summary>
/// <param name="Photos">In the order of the file names.</param>
/// <param name="Digest">SHA-256 over names, files and captions: the same digest, the same training.</param>
internal sealed record PhotoSet(IReadOnlyList<TrainingPhoto> Photos, string Digest)
{
    /// <summary>What the user is told while photos are read.</summary>
    public const string Stage = "reading photos";

    /// <summary>What stands before the first comma of every caption; null when captions differ there.</summary>
    public string? CommonName =>
        Photos.Select(p => p.Caption.Split(',')[0].Trim()).Distinct(StringComparer.Ordinal).ToArray() is [{ Length: > 0 } name]
            ? name
            : null;

    /// <exception cref="InvalidJobInputException">
    /// Captions and photos do not match, or a photo cannot be read: all of them, before anything is trained.
    /// </exception>
    public static PhotoSet Load(
        TrainingConfiguration configuration,
        IProgress<JobProgress>? progress,
        CancellationToken cancellationToken)
    {
        var problems = new Problems();
        var captions = CaptionFile.Read(configuration.MetadataPath, problems, out var isWhole);
        if (!isWhole)
        {
            // Which photos have no caption is known when all rows can be read; until then every line about one would be wrong.
            problems.ThrowIfAny();
        }

        CheckPairs(configuration, captions, problems);

        var buckets = configuration.Buckets
            ? AspectBuckets.Create(configuration.Resolution, configuration.BucketStep)
            : AspectBuckets.One(configuration.Resolution);
        var photos = new List<TrainingPhoto>();
        foreach (var row in captions.OrderBy(c => c.FileName, StringComparer.Ordinal))
        {
            cancellationToken.ThrowIfCancellationRequested();
            progress?.Report(new JobProgress(Stage, photos.Count, captions.Count));
            if (Read(configuration, row, buckets, problems) is { } photo)
            {
                photos.Add(photo);
            }
        }

        if (photos.Count == 0 && problems.Count == 0)
        {
            problems.Add($"{configuration.MetadataPath}: there is no photo to train on; 'lora label' writes a row a photo.");
        }

        problems.ThrowIfAny();
        progress?.Report(new JobProgress(Stage, photos.Count, photos.Count));
        return new PhotoSet(photos, DigestOf(photos));
    }

    private static void CheckPairs(TrainingConfiguration configuration, List<CaptionRow> captions, Problems problems)
    {
        var named = captions.Select(c => c.FileName).ToHashSet(StringComparer.Ordinal);
        var photos = PictureFolder.Names(configuration.TrainDataDir);
        foreach (var row in captions.Where(c => !File.Exists(Path.Combine(configuration.TrainDataDir, c.FileName))))
        {
            var near = photos.FirstOrDefault(p =>
                !named.Contains(p) && string.Equals(p, row.FileName.Replace('\\', '/'), StringComparison.OrdinalIgnoreCase));
            problems.Add(
                $"{configuration.MetadataPath}:{row.Line}: {row.FileName}: there is no such file in {configuration.TrainDataDir}"
                    + (near is null ? "." : $"; there is {near}, write it like that."));
            named.Add(near ?? row.FileName);
        }

        named.UnionWith(Rejected(configuration.MetadataPath));

        // A row that was named as wrong above has a photo too; one problem is enough for it.
        var mentioned = problems.Lines;
        foreach (
            var photo in photos.Where(p => !named.Contains(p) && !mentioned.Any(m => m.Contains($": {p}: ", StringComparison.Ordinal))))
        {
            problems.Add(
                $"{configuration.MetadataPath}: {photo}: the photo has no caption; 'lora label' writes one, or move the photo away.");
        }
    }

    // Photos that lie there and are not used: the labels beside the captions say so.
    private static IEnumerable<string> Rejected(string metadata)
    {
        var labels = Path.Combine(Path.GetDirectoryName(Path.GetFullPath(metadata))!, LabelFiles.Labels);
        try
        {
            return File.Exists(labels) ? ClipVerdicts.Parse(File.ReadAllBytes(labels)).Keys : [];
        }
        catch (JsonException)
        {
            return []; // A file of somebody else's: then every photo takes a caption.
        }
    }

    private static TrainingPhoto? Read(TrainingConfiguration configuration, CaptionRow row, AspectBuckets buckets, Problems problems)
    {
        var path = Path.Combine(configuration.TrainDataDir, row.FileName);
        try
        {
            if (!File.Exists(path))
            {
                return null;
            }

            var bytes = File.ReadAllBytes(path);
            var image = ImageCodec.Decode(bytes);
            var bucket = buckets.Nearest(image.Width, image.Height);
            return new TrainingPhoto(
                row.FileName,
                WithTriggerWords(configuration.TriggerWords, row.Caption),
                Convert.ToHexStringLower(SHA256.HashData(bytes)),
                bucket)
            {
                Pixels = Resizer.Cover(image, bucket.Width, bucket.Height),
            };
        }
        catch (UnreadableImageException exception)
        {
            problems.Add($"{configuration.MetadataPath}:{row.Line}: {row.FileName} cannot be read: {exception.Message}.");
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            problems.Add($"{configuration.MetadataPath}:{row.Line}: {row.FileName} cannot be read: {exception.Message}");
        }

        return null;
    }

    private static string WithTriggerWords(IReadOnlyList<string> words, string caption) =>
        string.Join(", ", [.. words.Where(w => !caption.Contains(w, StringComparison.OrdinalIgnoreCase)), caption]);

    private static string DigestOf(IEnumerable<TrainingPhoto> photos)
    {
        var lines = photos.Select(p => $"{p.FileName}\n{p.Sha256}\n{p.Caption.ReplaceLineEndings(" ")}\n");
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Concat(lines))));
    }
}

/// <summary>One photo as it is trained: scaled and cut to its bucket.</summary>
/// <param name="Caption">With the trigger words in front.</param>
/// <param name="Sha256">Of the file.</param>
internal sealed record TrainingPhoto(string FileName, string Caption, string Sha256, TrainingSize Bucket)
{
    /// <summary>Of the file and its caption; short, for a checkpoint keeps it of every photo.</summary>
    public string Digest => Digests.OfText($"{Sha256}\n{Caption}")[..16];

    /// <summary>Null once its latents are cached: the pixels of many photos are more than a training needs beside them.</summary>
    public RgbImage? Pixels { get; set; }
}

/// <summary>Chooses the photos that training never sees.</summary>
internal static class HeldOut
{
    /// <summary>The share of the names, rounded, by a hash of seed and name. Adding photos moves few.</summary>
    public static HashSet<string> Choose(IReadOnlyCollection<string> names, double share, long seed) =>
        names
            .OrderBy(n => Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes($"{seed}/{n}"))), StringComparer.Ordinal)
            .Take((int)Math.Round(names.Count * share))
            .ToHashSet(StringComparer.Ordinal);
}
