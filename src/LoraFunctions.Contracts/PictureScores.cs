using System.Text.Json.Serialization;

namespace LoraFunctions.Contracts;

/// <summary>How one half of a comparison resembles its own car and the other one, by one judge.</summary>
/// <param name="Side"><c>left</c> or <c>right</c> (in a stacked picture above and below).</param>
/// <param name="Judge"><c>clip</c> or <c>dinov2</c>.</param>
/// <param name="Own">Mean cosine similarity to the nearest training photos of the car that belongs there.</param>
/// <param name="Other">The same of the other car.</param>
public sealed record HalfScore(string Side, string Judge, double Own, double Other)
{
    /// <summary>The bleed score: below 0 the half resembles the other car more.</summary>
    [JsonIgnore]
    public double Margin => Own - Other;
}

/// <summary>One rendering of a picture, kept or not.</summary>
/// <param name="Repaired">The side that was painted anew after a first rendering with this seed; null: none.</param>
/// <param name="Defect">What is wrong with the picture whatever it shows; null: nothing that can be measured.</param>
public sealed record PictureAttempt(long Seed, string? Repaired, IReadOnlyList<HalfScore> Halves, string? Defect)
{
    /// <summary>Of the worst half with the worst judge.</summary>
    [JsonIgnore]
    public double Margin => Halves.Min(h => h.Margin);

    /// <summary>Every judge finds every half nearer to its own car, and nothing is wrong.</summary>
    [JsonIgnore]
    public bool IsGood => Defect is null && Margin > 0;
}

/// <summary>The renderings that a picture was chosen from, in their order.</summary>
/// <param name="Chosen">Index of the one that was kept: the first good one, or else the one with the greatest margin.</param>
public sealed record JudgedPicture(IReadOnlyList<PictureAttempt> Attempts, int Chosen)
{
    [JsonIgnore]
    public PictureAttempt Kept => Attempts[Chosen];
}
