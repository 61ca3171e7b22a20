namespace LoraFunctions.Cli.Nightly;

/// <summary>Where the night's progress is shown. Called from several threads.</summary>
internal interface INightDisplay
{
    /// <summary>One line that stays.</summary>
    void Say(string line);

    /// <summary>A station moved on.</summary>
    /// <param name="detail">What it did last; may be empty.</param>
    void Show(string station, int done, int total, string detail);
}
