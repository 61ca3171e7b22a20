namespace LoraFunctions.Pipeline.Configuration;

/// <summary>A configuration file is wrong; every problem of it is named at once, so that a person mends it in one go.</summary>
public sealed class ConfigurationException(IReadOnlyList<string> problems) : Exception(string.Join(Environment.NewLine, problems))
{
    /// <summary>One line each: <c>comparisons.yaml:5: pairs[0].left: ...</c>.</summary>
    public IReadOnlyList<string> Problems { get; } = problems;
}
