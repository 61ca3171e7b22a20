using System.CommandLine;
using System.CommandLine.Parsing;

namespace LoraFunctions.Cli;

/// <summary>Refuses empty names and paths, such as an unset variable of a script leaves; only words of a prompt may be empty.</summary>
internal static class EmptyValues
{
    private static readonly string[] MayBeEmpty = ["--prompt", "--negative", "--scene-prompt"];

    /// <summary>For every option and argument of the command and of those below it.</summary>
    public static void Refuse(Command command)
    {
        foreach (var option in command.Options.Where(o => !MayBeEmpty.Contains(o.Name, StringComparer.Ordinal)))
        {
            option.Validators.Add(result => Check(option.Name, result));
        }

        foreach (var argument in command.Arguments)
        {
            argument.Validators.Add(result => Check($"<{argument.Name}>", result));
        }

        foreach (var below in command.Subcommands)
        {
            Refuse(below);
        }
    }

    private static void Check(string name, SymbolResult result)
    {
        if (result.Tokens.Any(t => string.IsNullOrWhiteSpace(t.Value)))
        {
            result.AddError($"{name}: the value is empty; give one, or leave it out.");
        }
    }
}
