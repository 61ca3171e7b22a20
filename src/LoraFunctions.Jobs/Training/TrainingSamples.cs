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
/// <param name="folder">Where the checkpoints are.</param>
/// <param name="cancellationToken">Ends a sheet between two sampler steps.</param>
internal sealed class TrainingSamples(StableDiffusionModel model, bool keepsTextEncoder, string folder, CancellationToken cancellationToken)
{
    /// <summary>Below the checkpoints folder and, in the end, below the output folder.</summary>
    public const string FolderName = "samples";

    private const string Stage = "sample pictures";
    private const string Producer = "LoraFunctions";
    private const int Columns = 5;

    /// <summary>Fast, and it changes little when the weights change little.</summary>
    private const string Sampler = "DPM++ 2M Karras";

    public static bool AreWanted(TrainingPlan plan) =>
        plan.Configuration.SampleEveryEpochs > 0 && plan.Configuration.Options.Epochs >= plan.Configuration.SampleEveryEpochs;

    /// <summary>Names relative to the checkpoints folder.</summary>
    public IReadOnlyList<string> Files =>
        Directory.Exists(Path.Combine(folder, FolderName))
            ?
            [
                .. Directory
                    .EnumerateFiles(Path.Combine(folder, FolderName), "*.png")
                    .Select(f => $"{FolderName}/{Path.GetFileName(f)}")
                    .Order(StringComparer.Ordinal),
            ]
            : [];

    /// <summary>Renders the epoch's sheet if it has one.</summary>
    /// <returns>The sheet's path; null where the epoch has none, or had it before.</returns>
    /// <exception cref="NonRetriableJobException">The weights give no picture but numbers that are not finite.</exception>
    public string? EpochDone(TrainingPlan plan, TrainingMoment moment, IProgress<JobProgress>? progress)
    {
        var configuration = plan.Configuration;
        if (
            !AreWanted(plan)
            || !moment.IsDue(configuration.SampleEveryEpochs)
            || (moment.IsAgain && File.Exists(PathOf(plan, moment.Epoch))))
        {
            return null;
        }

        var tiles = Tiles(plan, moment, progress);
        progress?.Report(new JobProgress(Stage, configuration.SampleCount, configuration.SampleCount));
        var options = new ContactSheetOptions
        {
            Columns = Columns,
            TileWidth = configuration.Resolution.Width,
            TileHeight = configuration.Resolution.Height,
        };
        var about = string.Create(
            CultureInfo.InvariantCulture,
            $"{plan.Name}, epoch {moment.Epoch}, step {moment.Step}, loss {moment.MeanLoss:0.0000}");
        Directory.CreateDirectory(Path.Combine(folder, FolderName));
        var metadata = new PictureMetadata(
            about,
            new AiLabel(Producer, string.Create(CultureInfo.InvariantCulture, $"{plan.Name}-{moment.Epoch}")));
        WholeFile.Write(PathOf(plan, moment.Epoch), PictureFile.EncodePng(ContactSheet.Render(tiles, options), metadata));
        return PathOf(plan, moment.Epoch);
    }

    /// <summary>Puts a model's sheets below its output folder.</summary>
    public void CopyTo(TrainingPlan plan, int epochs)
    {
        for (var epoch = 1; epoch <= epochs; epoch++)
        {
            if (File.Exists(PathOf(plan, epoch)))
            {
                var target = Path.Combine(plan.Configuration.OutputDir, FolderName);
                Directory.CreateDirectory(target);
                WholeFile.Write(Path.Combine(target, Path.GetFileName(PathOf(plan, epoch))), File.ReadAllBytes(PathOf(plan, epoch)));
            }
        }
    }

    private List<ContactSheetTile> Tiles(TrainingPlan plan, TrainingMoment moment, IProgress<JobProgress>? progress)
    {
        var configuration = plan.Configuration;
        var tiles = new List<ContactSheetTile>();
        using var weights = moment.Snapshot();
        model.Restore();
        try
        {
            var prompts = Prompts(plan);
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
                var picture = Render(request, new LoraSelection(plan.Name, weights), moment);
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

    private GeneratedPicture Render(TextToImageRequest request, LoraSelection lora, TrainingMoment moment)
    {
        try
        {
            return new TextToImage(model).Generate(request, [lora], progress: null, cancellationToken);
        }
        catch (NonFiniteException exception)
        {
            throw new NonRetriableJobException(
                $"{moment.Model}: no sample picture can be made after epoch {moment.Epoch}: {exception.Message}",
                exception);
        }
    }

    private static IReadOnlyList<string> Prompts(TrainingPlan plan) =>
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

    private string PathOf(TrainingPlan plan, int epoch) =>
        Path.Combine(folder, FolderName, string.Create(CultureInfo.InvariantCulture, $"{plan.Name}-epoch-{epoch:000}.png"));
}
