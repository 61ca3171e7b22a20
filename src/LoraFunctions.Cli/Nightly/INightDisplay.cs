namespace LoraFunctions.Cli.Nightly;

/// <summary>Where the night's progress is shown. Called from several threads.</summary>
internal interface INightDisplay
{
    /// <summary>Where the night's progress is kept for whoever draws it; null: nobody does.</summary>
    NightBoard? Board => null;

    /// <summary>One line that stays.</summary>
    void Say(string line);

    /// <summary>A station of the night moved on: gate, labels, comparisons, publishing.</summary>
    /// <param name="detail">What it did last; may be empty.</param>
    void ShowStation(string station, int done, int total, string detail);

    /// <summary>One job moved on.</summary>
    /// <param name="job">What is done for which subject.</param>
    /// <param name="detail">E.g. the loss; may be empty.</param>
    void ShowJob(string job, string stage, int done, int total, string detail);
}
