namespace LoraFunctions.Imaging.Gate;

/// <summary>A photo that could be in a car model's set.</summary>
/// <param name="Caption">Where its view is read from; empty when it has no labels yet.</param>
public sealed record SetCandidate(string Name, double Quality, string Caption = "");

/// <summary>
/// The photos that a car model is trained on: the best of those there are, and what they lack. Pure functions of the photos, whatever their order.
/// </summary>
public static class PhotoSet
{
    /// <summary>The document's: 50 good ones beat 200 ordinary ones.</summary>
    public const int DefaultMinPhotos = 50;

    public const int DefaultMaxPhotos = 200;

    /// <summary>Three of 50 photos, twelve of 200; a set of a dozen is not asked.</summary>
    public const double DefaultMinViewShare = 0.06;

    private static readonly (string View, string[] Words, string Advice)[] Views =
    [
        ("interior", ["interior"], "photograph dashboard and seats"),
        ("front", ["front"], "photograph the car from the front"),
        ("rear", ["rear", "behind", "back"], "photograph the car from behind"),
        ("side", ["side"], "photograph the car from the side"),
    ];

    /// <summary>
    /// Front, side, rear or interior, by the words of a caption: <c>Tesla Model Y, front three-quarter view, daylight</c> is a front. Null when they do not say.
    /// </summary>
    public static string? ViewOf(string caption)
    {
        ArgumentNullException.ThrowIfNull(caption);
        return caption.Split(',', StringSplitOptions.TrimEntries)
            .Select(part => part.Split([' ', '-'], StringSplitOptions.RemoveEmptyEntries))
            .Where(words => words is [var only, ..] && (only.Equals("interior", StringComparison.OrdinalIgnoreCase) || words.Contains("view", StringComparer.OrdinalIgnoreCase)))
            .Select(words => Views.FirstOrDefault(view => words.Any(word => view.Words.Contains(word, StringComparer.OrdinalIgnoreCase))).View)
            .FirstOrDefault(view => view is not null);
    }

    /// <summary>
    /// The names of the best, at most so many: of every view first its least share, then whatever is best.
    /// </summary>
    public static IReadOnlySet<string> Best(IEnumerable<SetCandidate> candidates, int maxPhotos = DefaultMaxPhotos, double minViewShare = DefaultMinViewShare)
    {
        ArgumentNullException.ThrowIfNull(candidates);
        var ordered = candidates.OrderByDescending(photo => photo.Quality).ThenBy(photo => photo.Name, StringComparer.Ordinal).ToArray();
        var first = ordered.Where(photo => ViewOf(photo.Caption) is not null).GroupBy(photo => ViewOf(photo.Caption)).SelectMany(view => view.Take(Least(maxPhotos, minViewShare)));
        return first.Concat(ordered).Select(photo => photo.Name).Distinct(StringComparer.Ordinal).Take(maxPhotos).ToHashSet(StringComparer.Ordinal);
    }

    /// <summary>What photos of these captions lack, and what to do: empty when there are enough, and of every view. Views count where any caption names one.</summary>
    public static IReadOnlyList<string> Missing(IReadOnlyCollection<string> captions, int minPhotos = DefaultMinPhotos, double minViewShare = DefaultMinViewShare)
    {
        ArgumentNullException.ThrowIfNull(captions);
        var missing = new List<string>();
        if (captions.Count < minPhotos)
        {
            missing.Add($"it has {captions.Count} of {minPhotos} photos; {minPhotos - captions.Count} more must pass the gate");
        }

        var views = captions.Select(ViewOf).OfType<string>().CountBy(view => view).ToDictionary(StringComparer.Ordinal);
        var least = Least(Math.Max(captions.Count, minPhotos), minViewShare);
        foreach (var (view, _, advice) in Views.Where(_ => views.Count > 0))
        {
            if (views.GetValueOrDefault(view) is var there && there < least)
            {
                missing.Add($"{there} of its photos show the {view}, at least {least} must: {advice}");
            }
        }

        return missing;
    }

    private static int Least(int photos, double share) => (int)(photos * share);
}
