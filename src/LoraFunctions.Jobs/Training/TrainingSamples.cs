using System.Globalization;
using LoraFunctions.Diffusion.Checkpoints;
using LoraFunctions.Diffusion.Generation;
using LoraFunctions.Diffusion.Sampling;
using LoraFunctions.Diffusion.Training;
using LoraFunctions.Imaging;
using LoraFunctions.Imaging.Codecs;
using LoraFunctions.Imaging.Marking;
using LoraFunctions.Imaging.Metadata;
using LoraFunctions.Imaging.Sheets;

namespace LoraFunctions.Jobs.Training;

/// <summary>
/// Every few epochs a contact sheet of sample pictures, always with the same prompts and seeds, so that a person sees what changes. Sheets
/// lie beside the checkpoints, because an attempt that goes on elsewhere would not make the earlier ones again.
/// </summary>
/// <param name="model">Its VAE and text encoder are loaded for a sheet and released again.</param>
/// <param name="keepsTextEncoder">Training needs it at every step.</param>
/// <param name="cancellationToken">Ends a sheet between two sampler steps.</param>
internal sealed class TrainingSamples(TrainingPlan plan, StableDiffusionModel model, bool keepsTextEncoder, CancellationToken cancellationToken)
{
    /// <summary>Below the checkpoints folder and, in the end, below the output folder.</summary>
    public const string FolderName = ArtefactNames.SamplesFolder;

    private const string Stage = "sample pictures";
    private const int Columns = 5;

    /// <summary>Fast, and it changes little when the weights change little.</summary>
    private const string Sampler = "DPM++ 2M Karras";

    /// <summary>Names relative to the checkpoints folder.</summary>
    public IReadOnlyList<string> Files =>
        Directory.Exists(Folder)
            ? [.. Directory.EnumerateFiles(Folder, "*.png").Select(f => $"{FolderName}/{Path.GetFileName(f)}").Order(StringComparer.Ordinal)]
            : [];

    private string Folder => Path.Combine(plan.CheckpointsFolder, FolderName);

    /// <summary>Renders the epoch's sheet if it has one.</summary>
    /// <returns>The sheet's path; null where the epoch has none, or had it before.</returns>
    /// <exception cref="NonRetriableJobException">The weights give no picture but numbers that are not finite.</exception>
    public string? Render(TrainingEpoch end, IProgress<JobProgress>? progress)
    {
        var configuration = plan.Configuration;
        if (
            configuration.SampleEveryEpochs == 0
            || !end.IsDue(configuration.SampleEveryEpochs)
            || (end.IsAgain && File.Exists(PathOf(end.Epoch))))
        {
            return null;
        }

        var tiles = Tiles(end, progress);
        progress?.Report(new JobProgress(Stage, configuration.SampleCount, configuration.SampleCount));
        var options = new ContactSheetOptions
        {
            Columns = Columns,
            TileWidth = configuration.Resolution.Width,
            TileHeight = configuration.Resolution.Height,
        };
        var about = string.Create(
            CultureInfo.InvariantCulture,
            $"{plan.Name}, epoch {end.Epoch}, step {end.Step}, loss {end.MeanLoss:0.0000}");
        Directory.CreateDirectory(Folder);
        var metadata = new PictureMetadata(
            about,
            new AiLabel(AiLabel.Ours, string.Create(CultureInfo.InvariantCulture, $"{plan.Name}-{end.Epoch}")));
        WholeFile.Write(PathOf(end.Epoch), PictureFile.Encode(ContactSheet.Render(tiles, options), metadata));
        return PathOf(end.Epoch);
    }

    /// <summary>Puts the sheets below the output folder.</summary>
    public void CopyTo(string outputFolder, int epochs)
    {
        for (var epoch = 1; epoch <= epochs; epoch++)
        {
            if (File.Exists(PathOf(epoch)))
            {
                var target = Path.Combine(outputFolder, FolderName);
                Directory.CreateDirectory(target);
                WholeFile.Write(Path.Combine(target, Path.GetFileName(PathOf(epoch))), File.ReadAllBytes(PathOf(epoch)));
            }
        }
    }

    private List<ContactSheetTile> Tiles(TrainingEpoch end, IProgress<JobProgress>? progress)
    {
        var configuration = plan.Configuration;
        var tiles = new List<ContactSheetTile>();
        using var weights = end.Snapshot();
        model.Restore();
        try
        {
            var prompts = Prompts();
            for (var i = 0; i < configuration.SampleCount; i++)
            {
                progress?.Report(new JobProgress(Stage, i, configuration.SampleCount));
                var request = new TextToImageRequest
                {
                    Prompt = $"{prompts[i % prompts.Count]}, <lora:{plan.Name}:1>",
                    Width = configuration.Resolution.Width,
                    Height = configuration.Resolution.Height,
                    Steps = configuration.SampleSteps,
                    Sampler = Sampler,
                    Seed = configuration.Options.Seed + i,
                };
                var picture = Render(request, new LoraSelection(plan.Name, weights), end);
                tiles.Add(
                    new ContactSheetTile(
                        AiMark.Apply(new RgbImage(picture.Width, picture.Height, picture.Rgb)),
                        Caption(prompts[i % prompts.Count], request.Seed)));
            }
        }
        finally
        {
            model.ReleaseVae();
            if (!keepsTextEncoder)
            {
                model.ReleaseTextEncoder();
            }
        }

        return tiles;
    }

    private GeneratedPicture Render(TextToImageRequest request, LoraSelection lora, TrainingEpoch end)
    {
        try
        {
            return new TextToImage(model).Generate(request, [lora], progress: null, cancellationToken);
        }
        catch (NonFiniteException exception)
        {
            throw new NonRetriableJobException(
                $"{plan.Name}: no sample picture can be made after epoch {end.Epoch}: {exception.Message}",
                exception);
        }
    }

    private IReadOnlyList<string> Prompts() =>
        plan.Configuration.SamplePrompts.Count > 0
            ? plan.Configuration.SamplePrompts
            :
            [
                .. plan
                    .Photos.Photos.Select(p => p.Caption.ReplaceLineEndings(" ").Replace('<', ' '))
                    .Distinct(StringComparer.Ordinal)
                    .Take(plan.Configuration.SampleCount),
            ];

    private static string Caption(string prompt, long seed) =>
        string.Create(CultureInfo.InvariantCulture, $"{seed}: {string.Concat(prompt.Where(c => !char.IsControl(c)))}");

    private string PathOf(int epoch) =>
        Path.Combine(Folder, string.Create(CultureInfo.InvariantCulture, $"{plan.Name}-epoch-{epoch:000}.png"));
}
