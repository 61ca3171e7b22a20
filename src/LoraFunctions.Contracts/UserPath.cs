using System.Text;
using System.Text.RegularExpressions;

namespace LoraFunctions.Contracts;

/// <summary>
/// Paths as people give them, in YAML, TOML and on the command line: what a shell or another system would make of <c>~</c>, <c>$HOME</c>
/// or <c>D:\</c> is done or refused, so that no folder is ever called so.
/// </summary>
public static partial class UserPath
{
    /// <summary>The path with the home folder where it begins with one (<c>~</c>, <c>$HOME</c>, <c>%USERPROFILE%</c>).</summary>
    public static string Expand(string path)
    {
        var home = HomeFolder().Match(path);
        return !home.Success ? path
            : Environment.GetFolderPath(Environment.SpecialFolder.UserProfile)
                + (OperatingSystem.IsWindows() ? path[home.Length..] : path[home.Length..].Replace('\\', '/'));
    }

    /// <summary>Why it cannot be a path of this machine, without the path and without a stop; null when it can.</summary>
    public static string? Problem(string path)
    {
        if (path.Any(char.IsControl))
        {
            return "holds a character that no path has, such as a line break or a tab (in double quotes a backslash begins one); "
                + "write a Windows path in single quotes, or with / instead of \\";
        }

        if (!OperatingSystem.IsWindows() && WindowsPath().IsMatch(path))
        {
            return "is a path of a Windows machine; give one of this machine";
        }

        return Variable().Match(Expand(path)) is { Success: true } variable
            ? $"holds {variable.Value}, and such names are not looked up here; write out what it stands for"
            : OtherHome().IsMatch(path) ? "begins with another user's home, which is not looked up here; write it out" : null;
    }

    /// <summary>For a message: one line, whatever the path holds.</summary>
    public static string Shown(string path)
    {
        var shown = new StringBuilder();
        foreach (var c in path)
        {
            shown.Append(c switch { '\n' => "\\n", '\r' => "\\r", '\t' => "\\t", '\0' => "\\0", _ => char.IsControl(c) ? $"\\x{(int)c:X2}" : c.ToString() });
        }

        return shown.ToString();
    }

    [GeneratedRegex(@"^(?:~|\$HOME|\$\{HOME\}|%HOME%|%USERPROFILE%)(?=[/\\]|$)", RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex HomeFolder();

    [GeneratedRegex(@"^(?:[A-Za-z]:[\\/]|\\\\)", RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex WindowsPath();

    /// <summary>As a whole folder or file name: "100%" and "a$b" are names like others.</summary>
    [GeneratedRegex(@"(?<=^|[/\\])(?:\$[A-Za-z_]\w*|\$\{\w+\}|%[A-Za-z_]\w*%)(?=[/\\]|$)", RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Variable();

    [GeneratedRegex(@"^~[^/\\]+[/\\]", RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex OtherHome();
}
