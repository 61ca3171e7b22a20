using LoraFunctions.Imaging.Metadata;
using LoraFunctions.Pipeline.Comparisons;
using LoraFunctions.Pipeline.Hosting;
using LoraFunctions.Pipeline.Night;
using LoraFunctions.Pipeline.Storage;
using LoraFunctions.Pipeline.Training;
using Microsoft.DurableTask;

namespace LoraFunctions.Pipeline.Library;

/// <summary>Input of <see cref="PublishNight"/>.</summary>
/// <param name="Comparisons">Those whose job succeeded.</param>
/// <param name="IsNight">False for what a person asked for: the newest night stays the newest.</param>
public sealed record PublishNightInput(string Date, IReadOnlyList<ComparisonOutcome> Comparisons, bool IsNight = true);

/// <summary>Result of <see cref="PublishNight"/>.</summary>
/// <param name="Manifest">Null when there was nothing to publish.</param>
/// <param name="Problems">Pictures that were not published, with the reason.</param>
public sealed record PublishedNight(int Pictures, BlobRef? Manifest, IReadOnlyList<ReportedProblem> Problems);

/// <summary>
/// Copies a night's pictures into the asset library, then its manifest, then swaps <c>latest.json</c>. Without a picture nothing is written.
/// A comparison whose pictures are gone or damaged does not hold back the others.
/// </summary>
internal sealed class PublishNight(BlobStore blobs, JobStore jobs, AssetLibrary library) : TaskActivity<PublishNightInput, PublishedNight>
{
    public override async Task<PublishedNight> RunAsync(TaskActivityContext context, PublishNightInput input)
    {
        var pictures = new List<PublishedPicture>();
        var problems = new List<ReportedProblem>();
        foreach (var comparison in input.Comparisons)
        {
            try
            {
                pictures.AddRange(await PublishAsync(input.Date, comparison));
            }
            catch (Exception e) when (e is MissingBlobException or InvalidDataException or MetadataException)
            {
                problems.Add(new ReportedProblem($"{comparison.Left} vs {comparison.Right}, {comparison.Scene}", e.Message));
            }
        }

        if (pictures.Count == 0)
        {
            return new PublishedNight(0, null, problems);
        }

        pictures.Sort((a, b) => string.CompareOrdinal(a.File, b.File));
        var manifest = await library.CommitAsync(input.Date, pictures, input.IsNight, default);
        Telemetry.Pictures.Add(pictures.Count);
        return new PublishedNight(pictures.Count, manifest, problems);
    }

    private async Task<IReadOnlyList<PublishedPicture>> PublishAsync(string date, ComparisonOutcome comparison)
    {
        var spec = await jobs.SpecAsync<RenderJobSpec>(comparison.JobId, default);
        var result = await jobs.ResultAsync(comparison.JobId, default)
            ?? throw new MissingBlobException(ContainerNames.Jobs, BlobNames.JobResult(comparison.JobId), blobs.Uri);
        var pictures = new List<PublishedPicture>();
        foreach (var seed in spec.Seeds)
        {
            var artefact = JobStore.Artefact(result, ArtefactNames.Picture(spec.Scene, seed, spec.Template.Format));
            var content = await blobs.ReadAsync(artefact, default);
            var file = await CopyAsync(date, spec, seed, artefact, content);
            pictures.Add(Published(file, artefact, seed, spec, Prompts(artefact, content)) with { Judged = await JudgedAsync(result, spec, seed) });
        }

        return pictures;
    }

    private async Task<JudgedPicture?> JudgedAsync(JobResult result, RenderJobSpec spec, long seed) =>
        spec.Judging is null ? null : await blobs.ReadJsonAsync<JudgedPicture>(JobStore.Artefact(result, ArtefactNames.Scores(spec.Scene, seed)), default);

    /// <summary>
    /// A name that holds another picture, from an earlier run of this night, keeps it: it may have been downloaded. The new one then has the
    /// beginning of its digest in its name.
    /// </summary>
    /// <returns>The name below the date.</returns>
    private async Task<string> CopyAsync(string date, RenderJobSpec spec, long seed, BlobRef artefact, ReadOnlyMemory<byte> content)
    {
        var pair = BlobNames.Pair(spec.Left.ModelKey, spec.Right.ModelKey);
        var picture = ArtefactNames.Picture(spec.Scene, seed, spec.Template.Format);
        foreach (var file in new[] { picture, $"{spec.Scene}-{seed}-{artefact.Sha256[..8]}{Path.GetExtension(picture)}" })
        {
            var stored = await blobs.PutIfAbsentAsync(
                ContainerNames.AssetLibrary,
                BlobNames.Picture(date, spec.Left.ModelKey, spec.Right.ModelKey, file),
                content,
                AssetHeaders.Picture(pair, file),
                default);
            if (stored.Ref.Sha256 == artefact.Sha256)
            {
                return $"{pair}/{file}";
            }
        }

        throw new InvalidDataException($"{ContainerNames.AssetLibrary}/{date}/{pair}/{picture} holds another picture, and so does the name with its digest.");
    }

    /// <summary>What the job rendered stands in the picture, in WebUI's words; the manifest repeats it and computes nothing itself.</summary>
    private static (string Prompt, string Negative) Prompts(BlobRef artefact, ReadOnlyMemory<byte> content)
    {
        const string negative = "\nNegative prompt: ";
        var text = PictureFile.ReadMetadata(content.ToArray()).Parameters is { } parameters && parameters.LastIndexOf("\nSteps: ", StringComparison.Ordinal) is >= 0 and var steps
            ? parameters[..steps]
            : throw new InvalidDataException($"{artefact.Container}/{artefact.Name} does not say how it was made.");
        var at = text.LastIndexOf(negative, StringComparison.Ordinal);
        return at < 0 ? (text, "") : (text[..at], text[(at + negative.Length)..]);
    }

    private static PublishedPicture Published(string file, BlobRef artefact, long seed, RenderJobSpec spec, (string Prompt, string Negative) prompts)
    {
        var template = spec.Template;
        return new PublishedPicture(
            file,
            artefact.Sha256,
            Side(spec.Left),
            Side(spec.Right),
            spec.Scene,
            seed,
            template.FinalWidth ?? template.Width,
            template.FinalHeight ?? template.Height,
            template.Name,
            prompts.Prompt,
            prompts.Negative,
            spec.BaseModel.Name,
            spec.BaseModel.Digest,
            spec.JobId)
        {
            TemplateVersion = template.Version,
            SceneVersion = template.SceneVersion,
        };
    }

    private static PublishedSide Side(ComparedModel model) => new(model.ModelKey, model.DisplayName, model.Lora.Name, model.Lora.Sha256);
}
