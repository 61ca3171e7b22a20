using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using LoraFunctions.Diffusion.Checkpoints;
using LoraFunctions.Diffusion.Generation;
using LoraFunctions.Diffusion.Lora;
using LoraFunctions.Diffusion.Prompts;
using LoraFunctions.Diffusion.Sampling;
using LoraFunctions.Imaging;
using LoraFunctions.Imaging.Marking;
using LoraFunctions.Imaging.Metadata;
using LoraFunctions.Jobs.Models;

namespace LoraFunctions.Jobs.Rendering;

/// <summary>
/// A loaded base model that renders to files: marked, with infotext and the implicit AI label, which are read back before a file gets its
/// name.
/// </summary>
internal sealed class PictureRenderer : IDisposable
{
    public const string Stage = "rendering";

    private const int ModelHashLength = 10;
    private const int ProduceIdLength = 32;

    private readonly LoraSet _loras;
    private readonly IProgress<JobProgress>? _progress;
    private readonly int _steps;
    private readonly StableDiffusionModel _model;
    private int _done;

    /// <param name="loras">Stay the caller's.</param>
    /// <param name="steps">How many sampler steps there will be in all, for the progress.</param>
    /// <exception cref="InvalidJobInputException">The base model is missing, damaged or of another architecture.</exception>
    public PictureRenderer(string baseModel, LoraSet loras, IProgress<JobProgress>? progress, int steps)
    {
        (_loras, _progress, _steps) = (loras, progress, steps);
        _model = BaseModels.Load(baseModel);
    }

    /// <exception cref="InvalidJobInputException">The request cannot be carried out.</exception>
    /// <exception cref="NonRetriableJobException">Numbers were not finite.</exception>
    public RenderedPicture Render(TextToImageRequest request, string path, CancellationToken cancellationToken) =>
        Keep(Draw(request, cancellationToken), path);

    /// <summary>A picture without its mark.</summary>
    /// <inheritdoc cref="Render"/>
    public DrawnPicture Draw(TextToImageRequest request, CancellationToken cancellationToken) =>
        Drawn((painter, progress) => painter.Generate(request, _loras.Selections, progress, cancellationToken));

    /// <summary>The same with one region painted anew.</summary>
    /// <inheritdoc cref="Render"/>
    public DrawnPicture Repair(DrawnPicture picture, int region, CancellationToken cancellationToken) =>
        Drawn((painter, progress) => painter.Repair(picture.Generated, region, _loras.Selections, progress, cancellationToken));

    /// <summary>Writes the picture that counts; others that were drawn on the way to it do not count as progress.</summary>
    public RenderedPicture Keep(DrawnPicture picture, string path)
    {
        var rendered = Write(picture.Image, picture.Infotext, picture.Request, path);
        _done = Math.Min(_steps, _done + picture.Request.AllSteps);
        _progress?.Report(new JobProgress(Stage, _done, _steps));
        return rendered;
    }

    /// <summary>Marks the picture and gives the file its name when it is whole; the name's ending says in which format.</summary>
    public static RenderedPicture Write(RgbImage image, string about, TextToImageRequest request, string path)
    {
        var produceId = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(about)))[..ProduceIdLength];
        var file = Encoded(image, about, new AiLabel(AiLabel.Ours, produceId), path);
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
        WholeFile.Write(path, file);
        return new RenderedPicture(
            path,
            request.Seed,
            image.Width,
            image.Height,
            Convert.ToHexStringLower(SHA256.HashData(file)),
            string.Join('\n', (string[])[request.Prompt, .. request.Composition?.Prompts ?? []]),
            request.NegativePrompt);
    }

    /// <summary>What is wrong with a picture's name; null when nothing is.</summary>
    public static string? NameProblem(string path) =>
        PictureFile.KindOf(path) is null ? $"{path}: give a name that ends with {PictureFile.Endings}." : null;

    public void Dispose() => _model.Dispose();

    private static byte[] Encoded(RgbImage image, string about, AiLabel label, string path)
    {
        try
        {
            return MarkedPicture.Encode(image, about, label, PictureFile.KindOf(path)!.Value);
        }
        catch (MetadataException exception)
        {
            throw new InvalidJobInputException($"{path}: {exception.Message}", exception);
        }
    }

    private DrawnPicture Drawn(Func<TextToImage, IProgress<SamplingProgress>, GeneratedPicture> generate)
    {
        _progress?.Report(new JobProgress(Stage, _done, _steps));
        var steps = new Steps(step => _progress?.Report(new JobProgress(Stage, Math.Min(_done + step.Step, _steps - 1), _steps)));
        try
        {
            var picture = generate(new TextToImage(_model), steps);
            return new DrawnPicture(picture, InfotextOf(picture).ToString());
        }
        catch (GenerationRequestException exception)
        {
            throw new InvalidJobInputException(exception.Problems);
        }
        catch (LoraException exception)
        {
            throw new InvalidJobInputException(exception.Message, exception);
        }
        catch (NonFiniteException exception)
        {
            throw new NonRetriableJobException(exception.Message, exception);
        }
    }

    private Infotext InfotextOf(GeneratedPicture picture)
    {
        var request = picture.Request;
        return new Infotext
        {
            Prompt = request.Prompt,
            NegativePrompt = request.NegativePrompt,
            Steps = request.Steps,
            Sampler = picture.Sampler.Name,
            ScheduleType = picture.Sampler.ScheduleType,
            GuidanceScale = request.GuidanceScale,
            Seed = request.Seed,
            Width = request.Width,
            Height = request.Height,
            ModelHash = _model.Sha256[..ModelHashLength],
            Model = _model.Name,
            Loras =
            [
                .. picture
                    .Loras.Select(tag => tag.Name)
                    .Distinct(StringComparer.Ordinal)
                    .Select(name => (name, _loras.Selections.Single(s => s.Name == name).Weights.ShortHash!)),
            ],
            More =
            [
                .. request.ClipSkip == 1
                    ? []
                    : (IEnumerable<(string, string)>)[("Clip skip", request.ClipSkip.ToString(CultureInfo.InvariantCulture))],
                .. request.Composition is not { } composition ? [] : (IEnumerable<(string, string)>)
                [
                    ("Composition", composition.Method.ToString()),
                    ("Layout", composition.Layout.ToString()),
                    .. composition.Prompts.Select((prompt, i) => ($"Region {i + 1}", prompt)),
                    .. composition.Repair is { } repair ? [("Repaired region", (repair + 1).ToString(CultureInfo.InvariantCulture))] : (IEnumerable<(string, string)>)[],
                ],
                .. request.SecondPass is not { } second ? [] : (IEnumerable<(string, string)>)
                [
                    (Infotext.Denoising, second.Strength.ToString("R", CultureInfo.InvariantCulture)),
                    (Infotext.FinalSize, string.Create(CultureInfo.InvariantCulture, $"{second.Width}x{second.Height}")),
                    ("Hires upscaler", "Latent"),
                ],
                .. request.Brackets == BracketMeaning.Schedule ? [] : (IEnumerable<(string, string)>)[("Brackets", "weight")],
            ],
        };
    }

    /// <summary>Reports on the rendering thread, in order.</summary>
    private sealed class Steps(Action<SamplingProgress> report) : IProgress<SamplingProgress>
    {
        public void Report(SamplingProgress value) => report(value);
    }
}

/// <summary>A picture before it is marked and written.</summary>
/// <param name="Infotext">How it was made.</param>
internal sealed record DrawnPicture(GeneratedPicture Generated, string Infotext)
{
    public TextToImageRequest Request => Generated.Request;

    public RgbImage Image => new(Generated.Width, Generated.Height, Generated.Rgb);
}
