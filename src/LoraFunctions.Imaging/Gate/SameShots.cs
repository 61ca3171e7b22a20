using System.Globalization;
using LoraFunctions.Imaging.Pixels;

namespace LoraFunctions.Imaging.Gate;

/// <summary>Photos that were taken in, and whether another is the same shot as one of them: for the gate of a listing, and over all listings of a car model.</summary>
public sealed class SameShots(GateOptions options)
{
    private readonly List<(string Name, PictureLook Look)> _shots = [];

    public void Add(string name, PictureLook look) => _shots.Add((name, look));

    /// <summary>The verdict on a photo that is the same shot as one taken in; null when it is none. Of several it names the first.</summary>
    public GateVerdict? Rejected(GateVerdict verdict, PictureLook look)
    {
        ArgumentNullException.ThrowIfNull(look);
        foreach (var (name, other) in _shots.Where(shot => look.Quality >= options.MinPdqQuality && shot.Look.Quality >= options.MinPdqQuality))
        {
            if (look.AgreementWith(other) is var agreement && agreement >= options.MinSameShot)
            {
                return verdict.NotTaken(
                    GateReason.NearDuplicate,
                    string.Create(
                        CultureInfo.InvariantCulture,
                        $"is the same shot as {name}: their lines agree by {agreement:0.00}, from {options.MinSameShot:0.00} on one of them is enough (PDQ hashes {look.DistanceTo(other)} bits apart)"),
                    name);
            }
        }

        return null;
    }
}
