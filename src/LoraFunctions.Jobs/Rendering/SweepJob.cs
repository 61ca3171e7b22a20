using LoraFunctions.Diffusion.Generation;
using LoraFunctions.Imaging;
using LoraFunctions.Imaging.Sheets;
using LoraFunctions.Jobs.Models;

namespace LoraFunctions.Jobs.Rendering;

/// <summary>Many variants of one picture on one sheet, to choose a strength, a sampler or a seed by eye.</summary>
public sealed record SweepRequest
{
    /// <summary>A single file or a diffusers folder.</summary>
    public required string BaseModel { get; init; }

    /// <summary>LoRA files by the names the prompts give them.</summary>
    public IReadOnlyList<NamedLora> Loras { get; init; } = [];

    /// <summary>Where LoRAs are found that prompts name beside them; null: nowhere.</summary>
    public string? LoraFolder { get; init; }

    /// <summary>Row by row, each with what is written below it; all of one size.</summary>
    public required IReadOnlyList<(string Label, TextToImageRequest Picture)> Variants { get; init; }

    public required int Columns { get; init; }

    /// <summary>PNG, JPEG or WebP by its ending; its folder is made when missing.</summary>
    public required string OutputPath { get; init; }
}

/// <summary>Renders the variants and writes the sheet, marked like every picture.</summary>
public sealed class SweepJob : IJob<SweepRequest, RenderedPicture>
{
    /// <summary>More do not fit on a sheet that a person looks at.</summary>
    public const int MostVariants = 100;

    /// <inheritdoc/>
    /// <exception cref="InvalidJobInputException">A variant, a LoRA or the base model is wrong; nothing is written.</exception>
    public RenderedPicture Run(SweepRequest request, IProgress<JobProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        var problems = new Problems();
        if (PictureRenderer.NameProblem(request.OutputPath) is { } wrongName)
        {
            problems.Add(wrongName);
        }

        if (request.Variants.Count > MostVariants)
        {
            problems.Add($"{request.Variants.Count} pictures are asked for; a sheet takes {MostVariants}. Give fewer values.");
        }

        var prompts = request.Variants.Select(v => v.Picture.Prompt).Distinct(StringComparer.Ordinal);
        var (all, names) = Rendering.LoraFolder.Complete(request.Loras, request.LoraFolder, prompts, problems);
        using var loras = LoraSet.Load(all, problems);
        foreach (var problem in request.Variants.SelectMany(v => v.Picture.Problems(names)).Distinct(StringComparer.Ordinal))
        {
            problems.Add(problem);
        }

        BaseModels.Check(request.BaseModel, problems);
        problems.ThrowIfAny();
        WholeFile.ThrowIfUnwritable(request.OutputPath);

        using var renderer = new PictureRenderer(request.BaseModel, loras, progress, request.Variants.Sum(v => v.Picture.AllSteps));
        var tiles = new List<ContactSheetTile>();
        foreach (var (label, picture) in request.Variants)
        {
            var image = renderer.Draw(picture, cancellationToken).Image;
            tiles.Add(new ContactSheetTile(image, label));
        }

        var (first, about) = (tiles[0].Picture, request.Variants[0].Picture);
        var sheet = ContactSheet.Render(tiles, new ContactSheetOptions { Columns = request.Columns, TileWidth = first.Width, TileHeight = first.Height });
        return PictureRenderer.Write(sheet, $"{tiles.Count} variants of: {about.Prompt}", about, request.OutputPath);
    }
}
