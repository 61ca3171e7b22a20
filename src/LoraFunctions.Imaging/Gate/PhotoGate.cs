namespace LoraFunctions.Imaging.Gate;

/// <summary>
/// Decides photo by photo whether a listing's photos are fit for training, and why not. One gate a listing: it remembers
/// the photos it accepted and finds exact and near duplicates among them. Give the photos in ordinal order of their names, so that
/// it is always the same one of two alike photos that stays. Only one photo is held in memory at a time.
/// </summary>
public sealed class PhotoGate
{
    private readonly GateOptions _options;
    private readonly string _listing;
    private readonly Dictionary<string, GateVerdict> _verdicts = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _acceptedByDigest = [];
    private readonly SameShots _shots;

    /// <exception cref="ArgumentException">The options are not sound; the message names every error.</exception>
    public PhotoGate(string listing, GateOptions? options = null)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(listing);
        _listing = listing;
        _options = options ?? new GateOptions();
        if (_options.Validate() is { Count: > 0 } errors)
        {
            throw new ArgumentException(string.Join(" ", errors), nameof(options));
        }

        _shots = new SameShots(_options);
    }

    /// <summary>Judges one photo; a file that is no picture is a verdict, not an exception.</summary>
    /// <exception cref="ArgumentException">A photo of this name was judged already.</exception>
    public GateVerdict Judge(string name, byte[] file) => Judge(MeasuredPhoto.Of(name, file, _options));

    /// <summary>The same of a photo that was measured by the same options.</summary>
    public GateVerdict Judge(MeasuredPhoto photo)
    {
        ArgumentNullException.ThrowIfNull(photo);
        var name = photo.Verdict.Name;
        var verdict = !photo.Verdict.Accepted ? photo.Verdict
            : _acceptedByDigest.TryGetValue(photo.Verdict.PixelDigest!, out var original) ? photo.Verdict.AsExactDuplicateOf(original)
            : _shots.Rejected(photo.Verdict, photo.Look!) ?? photo.Verdict;
        if (!_verdicts.TryAdd(name, verdict))
        {
            throw new ArgumentException($"'{name}' of '{_listing}' was judged already; names are unique within a listing.", nameof(photo));
        }

        if (verdict.Accepted)
        {
            _acceptedByDigest.Add(verdict.PixelDigest!, name);
            _shots.Add(name, photo.Look!);
        }

        return verdict;
    }

    /// <summary>All photos judged so far, in ordinal order of their names.</summary>
    public GateReport Report() =>
        new(GateReport.CurrentSchemaVersion, _listing, [.. _verdicts.Values.OrderBy(verdict => verdict.Name, StringComparer.Ordinal)]);
}
