using LoraFunctions.Pipeline.Datasets;
using LoraFunctions.Pipeline.Night;
using LoraFunctions.Pipeline.Storage;
using LoraFunctions.Pipeline.Training;
using Microsoft.Extensions.Options;

namespace LoraFunctions.Pipeline.Comparisons;

/// <summary>What a comparison's pictures are judged by: the night's CLIP, DINOv2 where there is one, and photos that both LoRAs were trained on.</summary>
internal sealed class JudgingPhotos(DatasetStore datasets, BaseModelCatalog models, IOptions<NightlyOptions> options)
{
    /// <summary>Of each side: enough that some show what the prompt asks for, few enough to be looked at in seconds.</summary>
    private const int Photos = 24;

    /// <returns>Null where the template takes the first picture there is.</returns>
    public async Task<JudgingSpec?> ForAsync(ComparisonTemplate template, PublishedLora left, PublishedLora right)
    {
        if (template.BestOf <= 1)
        {
            return null;
        }

        var prompts = template.PromptsFor(new PromptedCar(left.DisplayName, left.ModelKey), new PromptedCar(right.DisplayName, right.ModelKey));
        return new JudgingSpec(
            await models.ResolveAsync(options.Value.Clip, default),
            options.Value.Dino is { Length: > 0 } dino ? await models.ResolveAsync(dino, default) : null,
            await PhotosAsync(left, prompts.Left),
            await PhotosAsync(right, prompts.Right));
    }

    private async Task<IReadOnlyList<NamedBlob>> PhotosAsync(PublishedLora lora, string prompt) =>
        Chosen((await datasets.ReadAsync(lora.ModelKey, lora.DatasetDigest, default)).Manifest.Photos, prompt);

    /// <summary>First the photos whose captions say most of what the prompt says: same view, same paint, same light.</summary>
    internal static IReadOnlyList<NamedBlob> Chosen(IReadOnlyList<DatasetPhoto> photos, string prompt) =>
    [
        .. photos
            .OrderByDescending(p => p.Caption.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
                .Count(part => prompt.Contains(part, StringComparison.OrdinalIgnoreCase)))
            .ThenBy(p => p.File, StringComparer.Ordinal)
            .Take(Photos)
            .OrderBy(p => p.File, StringComparer.Ordinal)
            .Select(p => new NamedBlob(p.File, DatasetStore.Photo(p.Sha256))),
    ];
}
