using System.Globalization;
using LoraFunctions.Diffusion.Checkpoints;
using LoraFunctions.Diffusion.Generation;
using LoraFunctions.Diffusion.Prompts;
using LoraFunctions.Imaging.Codecs;
using LoraFunctions.Jobs.Models;

namespace LoraFunctions.Jobs.Rendering;

/// <summary>Two car models in one picture, from a template: one marked picture a seed.</summary>
public sealed class RenderingJob : IJob<RenderingRequest, RenderingResult>
{
    /// <inheritdoc/>
    /// <remarks>
    /// Every picture is whole when its progress is reported, so that a caller can save it at once. Judged pictures have their scores beside them
    /// (<c>{scene}-{seed}.json</c>, a <see cref="JudgedPicture"/>), written first.
    /// </remarks>
    /// <exception cref="InvalidJobInputException">Template, LoRAs, size, sampler or base model are wrong; nothing is written.</exception>
    public RenderingResult Run(
        RenderingRequest request,
        IProgress<JobProgress>? progress = null,
        CancellationToken cancellationToken = default)
    {
        var problems = new Problems();
        using var loras = Check(request, problems, out var wanted);
        problems.ThrowIfAny();
        foreach (var picture in wanted)
        {
            WholeFile.ThrowIfUnwritable(PathOf(request, picture.Seed));
        }

        using var renderer = new PictureRenderer(request.BaseModel, loras, progress, wanted.Sum(p => p.AllSteps));
        using var judge = request.Judging is { } judging ? Judge(judging) : null;
        var bestOf = judge is null ? null : new BestOf(renderer, judge, Math.Max(1, request.Template.BestOf));
        var pictures = new List<RenderedPicture>();
        foreach (var picture in wanted)
        {
            var path = PathOf(request, picture.Seed);
            if (bestOf is null)
            {
                pictures.Add(renderer.Render(picture, path, cancellationToken));
                continue;
            }

            var (best, judged) = bestOf.Render(picture, cancellationToken);
            Directory.CreateDirectory(request.OutputFolder);
            WholeFile.Write(Path.ChangeExtension(path, ".json"), ContractJson.Serialize(judged));
            pictures.Add(renderer.Keep(best, path) with { Judged = judged });
        }

        return new RenderingResult(pictures);
    }

    /// <summary>Everything that is wrong with a request, nothing rendered; empty when nothing is.</summary>
    public static IReadOnlyList<string> Problems(RenderingRequest request)
    {
        var problems = new Problems();
        Check(request, problems, out _).Dispose();
        return problems.Lines;
    }

    /// <summary>What is read otherwise than one might think.</summary>
    public static IReadOnlyList<string> Warnings(RenderingRequest request)
    {
        Check(request, new Problems(), out var wanted).Dispose();
        return [.. wanted.Take(1).SelectMany(p => p.Warnings())];
    }

    private static string PathOf(RenderingRequest request, long seed) =>
        Path.Combine(request.OutputFolder, ArtefactNames.Picture(request.Scene, seed, request.Template.Format));

    /// <returns>The LoRAs that could be loaded.</returns>
    private static LoraSet Check(RenderingRequest request, Problems problems, out IReadOnlyList<TextToImageRequest> wanted)
    {
        var (left, right) = (Named(request.Left), Named(request.Right));
        Check(request, left, right, problems);
        NamedLora[] named = left.Name == right.Name ? [left] : [left, right];
        var loras = LoraSet.Load(named, problems);
        var prompts = request.Template.PromptsFor(Prompted(request.Left, left), Prompted(request.Right, right));
        wanted = [.. request.Seeds.Select(seed => PictureOf(request.Template, prompts, seed))];
        foreach (var problem in wanted.SelectMany(p => p.Problems([.. named.Select(l => l.Name)])).Distinct(StringComparer.Ordinal))
        {
            problems.Add(problem);
        }

        BaseModels.Check(request.BaseModel, problems);
        return loras;
    }

    private static TextToImageRequest PictureOf(ComparisonTemplate template, ComparisonPrompts prompts, long seed) =>
        new()
        {
            Prompt = prompts.Scene,
            Composition = prompts.IsOne ? null : new Composition([prompts.Left, prompts.Right])
            {
                Method = Named(template.EffectiveMethod(), CompositionMethod.Halves),
                Layout = Named(template.Layout, CompositionLayout.SideBySide),
            },
            Brackets = Named(template.Brackets, BracketMeaning.Weight),
            NegativePrompt = template.NegativePrompt,
            Width = template.Width,
            Height = template.Height,
            SecondPass = template.FinalWidth is { } width && template.FinalHeight is { } height ? new SecondPass(width, height) : null,
            Steps = template.Steps,
            GuidanceScale = template.GuidanceScale,
            Sampler = template.Sampler,
            Seed = seed,
        };

    /// <summary><c>solo-first</c> is SoloFirst; what is no name was a problem before.</summary>
    private static T Named<T>(string name, T otherwise)
        where T : struct, Enum =>
        Enum.TryParse<T>(name.Replace("-", "", StringComparison.Ordinal), ignoreCase: true, out var value) ? value : otherwise;

    private static PictureJudge Judge(Judging judging)
    {
        try
        {
            return new PictureJudge(judging);
        }
        catch (Exception exception) when (exception is CheckpointException or UnreadableImageException)
        {
            throw new InvalidJobInputException(exception.Message, exception);
        }
    }

    private static PromptedCar Prompted(ComparedCar car, NamedLora lora) => new(car.DisplayName, lora.Name, car.Features);

    private static NamedLora Named(ComparedCar car) => new(Path.GetFileNameWithoutExtension(car.LoraPath), car.LoraPath);

    private static void Check(RenderingRequest request, NamedLora left, NamedLora right, Problems problems)
    {
        var template = request.Template;
        foreach (var problem in ComparisonTemplate.Problems(template.Prompt, ComparisonTemplate.Placeholders))
        {
            problems.Add($"The template's prompt: {problem}");
        }

        foreach (var problem in ComparisonTemplate.Problems(template.CarPrompt, ComparisonTemplate.CarPlaceholders))
        {
            problems.Add($"The template's car prompt: {problem}");
        }

        if (template.ColoursProblem() is { } wrongColours)
        {
            problems.Add($"The template's colours: {wrongColours}");
        }

        var (prompt, wanted) = template.NamesLoras()
            ? (template.Prompt, (string[])["left_lora", "right_lora"])
            : (template.CarPrompt, ["lora"]);
        foreach (var missing in wanted.Where(p => !prompt.Contains($"<lora:{{{p}}}", StringComparison.Ordinal)))
        {
            problems.Add(
                $"The template's prompt does not name a LoRA, so it would have no effect; write <lora:{{{missing}}}:{{strength}}> into "
                    + "it.");
        }

        foreach (var (name, known, what) in new[]
        {
            (template.EffectiveMethod(), ComparisonDefaults.Methods, "method"),
            (template.Layout, ComparisonDefaults.Layouts, "layout"),
            (template.Brackets, ComparisonDefaults.BracketMeanings, "meaning of brackets"),
            (template.Format ?? ComparisonDefaults.Format, ComparisonDefaults.Formats, "format"),
        }.Where(n => !n.Item2.Contains(n.Item1)))
        {
            problems.Add($"There is no {what} '{name}'; give one of {string.Join(", ", known)}.{NearestName.Hint(name, known)}");
        }

        if (Path.GetFullPath(left.Path) == Path.GetFullPath(right.Path))
        {
            problems.Add($"Both sides are the LoRA {left.Path}; a comparison needs two.");
        }
        else if (left.Name == right.Name)
        {
            problems.Add($"Both LoRA files are called '{left.Name}', so the prompt cannot tell them apart; give one another file name.");
        }

        if (!(template.LoraStrength is > 0 and <= 2))
        {
            problems.Add(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"LoRA strength {template.LoraStrength}: give more than 0, up to 2; 0.6 to 0.9 is usual, 1 and more distorts."));
        }

        if (request.Scene.Length == 0 || request.Scene.AsSpan().IndexOfAny(Path.GetInvalidFileNameChars()) >= 0)
        {
            problems.Add($"'{request.Scene}' cannot be part of a file name; name the scene with letters, digits and '-'.");
        }

        if (request.Judging is { } judging && Math.Min(judging.Left.Count, judging.Right.Count) == 0)
        {
            problems.Add("Judging needs photos of both car models, at least one each; five and more show what they have in common.");
        }

        if (request.Judging is null && template.BestOf > 1)
        {
            problems.Add($"Best of {template.BestOf}: needs a CLIP model and photos of both car models to judge by.");
        }

        if (request.Seeds.Count == 0)
        {
            problems.Add("No seeds: give one for each picture.");
        }
    }
}
