using System.CommandLine;
using System.CommandLine.Parsing;

namespace LoraFunctions.Cli;

/// <summary>
/// How paths are read from the command line: what the shell has left of <c>~</c> and <c>$HOME</c> (behind <c>=</c>, in quotes) is looked
/// up, and what cannot be a path of this machine is refused.
/// </summary>
internal static class PathOptions
{
    private static readonly string[] Names =
    [
        "--base-model", "--clip", "--config", "--defaults", "--folder", "--from", "--labels", "--learn", "--left", "--like", "--list", "--lora", "--lora-folder", "--out", "--photos", "--right",
        "--root", "--truth", "--tuned", "--vehicle",
    ];

    /// <summary>Gives every option and argument of the command and of those below it that takes paths its reader.</summary>
    public static void SetReaders(Command command)
    {
        foreach (var option in command.Options.Where(o => Names.Contains(o.Name, StringComparer.Ordinal)))
        {
            switch (option)
            {
                case Option<string> path:
                    path.CustomParser = result => Read(option.Name, result.Tokens[0].Value, result);
                    break;
                case Option<string[]> paths:
                    paths.CustomParser = result => [.. result.Tokens.Select(t => Read(option.Name, t.Value, result))];
                    break;
            }
        }

        // All arguments of ours are files.
        foreach (var argument in command.Arguments)
        {
            switch (argument)
            {
                case Argument<string> path:
                    path.CustomParser = result => Read($"<{argument.Name}>", result.Tokens[0].Value, result);
                    break;
                case Argument<string[]> paths:
                    paths.CustomParser = result => [.. result.Tokens.Select(t => Read($"<{argument.Name}>", t.Value, result))];
                    break;
            }
        }

        foreach (var below in command.Subcommands)
        {
            SetReaders(below);
        }
    }

    /// <summary>A path, or <c>name=path</c>.</summary>
    private static string Read(string option, string value, ArgumentResult result)
    {
        var at = option == "--lora" ? value.IndexOf('=', StringComparison.Ordinal) + 1 : 0;
        var (name, path) = (value[..at], value[at..]);
        if (UserPath.Problem(path) is { } problem)
        {
            result.AddError($"{option}: '{UserPath.Shown(path)}' {problem}.");
        }

        return name + UserPath.Expand(path);
    }
}
