namespace LoraFunctions.Jobs.Labelling;

/// <summary>How one group learns.</summary>
/// <param name="Corrections">Photos whose answer a person has said.</param>
/// <param name="ErrorsBefore">Of those, wrong without the others.</param>
/// <param name="ErrorsAfter">Of those, wrong with the others: each is asked as if it had not been corrected itself.</param>
public sealed record LearntGroup(string Group, int Corrections, int ErrorsBefore, int ErrorsAfter)
{
    /// <summary>What a score of 1 adds to a candidate's logit; 0: the group does not learn.</summary>
    internal double Strength { get; init; }
}
