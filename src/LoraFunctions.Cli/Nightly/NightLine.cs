using System.Globalization;

namespace LoraFunctions.Cli.Nightly;

/// <summary>One line of progress.</summary>
internal static class NightLine
{
    public static string Of(string name, int done, int total, string detail) => name + Numbers(done, total, detail);

    /// <summary>What stands behind the name.</summary>
    public static string Numbers(int done, int total, string detail) =>
        string.Create(CultureInfo.InvariantCulture, $" {done}/{total}{(detail.Length == 0 ? string.Empty : $", {detail}")}");
}
