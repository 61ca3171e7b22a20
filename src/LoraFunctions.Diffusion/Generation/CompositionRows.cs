using LoraFunctions.Diffusion.Lora;
using LoraFunctions.Diffusion.Prompts;
using static TorchSharp.torch;

namespace LoraFunctions.Diffusion.Generation;

/// <summary>What a request says, read: the scene's prompt, the regions', the negative one, and whose LoRAs are whose.</summary>
internal sealed record ReadPrompts(PromptReading Scene, IReadOnlyList<PromptReading> Regions, PromptReading Negative)
{
    /// <summary>The scene's first, then each region's.</summary>
    public IReadOnlyList<LoraTag> Loras { get; } = [.. Scene.Loras, .. Regions.SelectMany(r => r.Loras)];

    /// <summary>Indices into <see cref="Loras"/>.</summary>
    public IReadOnlyList<int> AdaptersOf(int region) =>
        [.. Enumerable.Range(Scene.Loras.Count + Regions.Take(region).Sum(r => r.Loras.Count), Regions[region].Loras.Count)];
}

/// <summary>
/// The rows of each method, side by side: what runs with whose LoRAs on which window, and how much it counts. In <see cref="Halves"/> and
/// <see cref="Masks"/> no row carries the LoRAs of two regions.
/// </summary>
internal sealed class CompositionRows(ReadPrompts prompts, PromptEncoder encoder, LoraNetwork? network, int steps, int clipSkip)
{
    private const double LastSteps = 0.2;

    /// <summary>One prompt with every LoRA of the request on every pixel.</summary>
    public Func<int, IReadOnlyList<GuidedRow>> Merge(PromptReading prompt)
    {
        IReadOnlyList<GuidedRow> rows = [new GuidedRow(Encoded(prompt, null), Encoded(prompts.Negative, null))];
        return _ => rows;
    }

    /// <summary>A region by itself, for a picture of its own.</summary>
    public Func<int, IReadOnlyList<GuidedRow>> Solo(int region)
    {
        var adapters = prompts.AdaptersOf(region);
        IReadOnlyList<GuidedRow> rows = [new GuidedRow(Encoded(prompts.Regions[region], adapters), Encoded(prompts.Negative, adapters))];
        return _ => rows;
    }

    /// <summary>Each region on its window; its negative row carries its LoRAs too, as in a picture of its own.</summary>
    public Func<int, IReadOnlyList<GuidedRow>> Halves(CompositionMaps maps, SceneShares shares)
    {
        var regions = Enumerable.Range(0, prompts.Regions.Count).Select(i => Solo(i)(1)[0] with { Window = maps.Windows[i] }).ToList();
        return Shared(regions, maps, shares);
    }

    /// <summary>Each region over the whole picture; one negative row without a LoRA for all.</summary>
    public Func<int, IReadOnlyList<GuidedRow>> Masks(CompositionMaps maps, SceneShares shares)
    {
        var negative = Encoded(prompts.Negative, []);
        var regions = Enumerable.Range(0, prompts.Regions.Count)
            .Select(i => new GuidedRow(Encoded(prompts.Regions[i], prompts.AdaptersOf(i)), negative)).ToList();
        return Shared(regions, maps, shares, negative);
    }

    /// <summary>One row with every LoRA, in which each prompt is attended to by its share; the text encoder keeps the LoRAs apart.</summary>
    public Func<int, IReadOnlyList<GuidedRow>> Attention(CompositionMaps maps, SceneShares shares)
    {
        var negative = Encoded(prompts.Negative, null);
        var regions = Enumerable.Range(0, prompts.Regions.Count)
            .Select(i => new GuidedRow(Encoded(prompts.Regions[i], prompts.AdaptersOf(i)), negative)).ToList();
        return Shared(regions, maps, shares, negative, rows =>
            [new GuidedRow(new RowPrompt([.. rows.Select(r => r.Positive.Prompts.Single())]) { Masks = [.. rows.Select(r => r.Share!)] }, negative)]);
    }

    /// <summary>Gives regions and scene their shares by step; they sum to one.</summary>
    /// <param name="joined">What becomes of the rows of a phase.</param>
    private Func<int, IReadOnlyList<GuidedRow>> Shared(
        IReadOnlyList<GuidedRow> regions,
        CompositionMaps maps,
        SceneShares shares,
        RowPrompt? negative = null,
        Func<IReadOnlyList<GuidedRow>, IReadOnlyList<GuidedRow>>? joined = null)
    {
        var scene = new GuidedRow(Encoded(prompts.Scene, []), negative ?? Encoded(prompts.Negative, []));
        var lead = Phase(ones_like(maps.Seam).Times(shares.Lead), shares.Lead > 0);
        var middle = Phase(maps.Seam.Times(shares.Seam), shares.Seam > 0);
        var last = Phase(maps.Seam.Times(shares.Last), shares.Last > 0);
        return step => step <= shares.LeadSteps * steps && shares.Lead > 0 ? lead : step > (1 - LastSteps) * steps ? last : middle;

        IReadOnlyList<GuidedRow> Phase(Tensor ofScene, bool counts)
        {
            var rest = ones_like(ofScene) - ofScene;
            IReadOnlyList<GuidedRow> rows =
            [
                .. regions.Select((row, i) => row with { Share = maps.Regions[i].mul(rest) }),
                .. counts ? [scene with { Share = ofScene }] : (IEnumerable<GuidedRow>)[],
            ];
            return joined is null ? rows : joined(rows);
        }
    }

    /// <param name="adapters">Those that the text encoder carries too; null: all.</param>
    private RowPrompt Encoded(PromptReading prompt, IReadOnlyList<int>? adapters)
    {
        if (network is not null)
        {
            network.TextRows = adapters is null ? null : LoraRows.Of([adapters]);
        }

        return new RowPrompt(encoder.Encode(prompt, steps, clipSkip), adapters);
    }
}
