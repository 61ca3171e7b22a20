using LoraFunctions.Diffusion.Generation;

namespace LoraFunctions.Jobs.Rendering;

/// <summary>
/// Renders a comparison until its judges are content: with the seed that was asked for; then, if only one half fails, that half anew; then the
/// next seeds. What nobody is content with is the best of all.
/// </summary>
internal sealed class BestOf(PictureRenderer renderer, PictureJudge judge, int attempts)
{
    /// <summary>From one seed to the next: further apart than a person's own.</summary>
    private const long SeedStep = 1_000_003;

    /// <exception cref="InvalidJobInputException">The request cannot be carried out.</exception>
    public (DrawnPicture Picture, JudgedPicture Judged) Render(TextToImageRequest request, CancellationToken cancellationToken)
    {
        var (drawn, tried) = (new List<DrawnPicture>(), new List<PictureAttempt>());
        for (var i = 0; drawn.Count < attempts && !tried.Exists(t => t.IsGood); i++)
        {
            var seed = (request.Seed + (i * SeedStep)) % ((long)uint.MaxValue + 1);
            Add(renderer.Draw(request with { Seed = seed }, cancellationToken), repaired: null);
            if (drawn.Count < attempts && FailingSide(tried[^1]) is { } side && request.Composition is not null)
            {
                Add(renderer.Repair(drawn[^1], side == PictureJudge.LeftSide ? 0 : 1, cancellationToken), side);
            }
        }

        var good = tried.FindIndex(t => t.IsGood);
        var chosen = good >= 0 ? good : tried.IndexOf(tried.OrderBy(t => t.Defect is null ? 0 : 1).ThenByDescending(t => t.Margin).First());
        return (drawn[chosen], new JudgedPicture(tried, chosen));

        void Add(DrawnPicture picture, string? repaired)
        {
            var (halves, defect) = judge.Score(picture.Image, request.Composition?.Layout ?? CompositionLayout.SideBySide);
            drawn.Add(picture);
            tried.Add(new PictureAttempt(picture.Request.Seed, repaired, halves, defect));
        }
    }

    /// <summary>The one half that resembles the other car; null where both do, or none.</summary>
    private static string? FailingSide(PictureAttempt attempt)
    {
        var failing = attempt.Halves.Where(h => h.Margin <= 0).Select(h => h.Side).Distinct(StringComparer.Ordinal).ToList();
        return failing.Count == 1 ? failing[0] : null;
    }
}
