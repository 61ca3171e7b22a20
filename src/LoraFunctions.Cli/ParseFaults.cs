using System.CommandLine;
using System.CommandLine.Parsing;

namespace LoraFunctions.Cli;

/// <summary>What is wrong with a command line, one line a fault.</summary>
internal static class ParseFaults
{
    public static IEnumerable<string> Lines(ParseResult parsed)
    {
        foreach (var error in parsed.Errors)
        {
            var unmatched = parsed.UnmatchedTokens.FirstOrDefault(t => error.Message.Contains($"'{t}'", StringComparison.Ordinal));
            if (unmatched is not null)
            {
                yield return $"'{unmatched}' is not known here.{NearestName.Hint(unmatched, Names(parsed.CommandResult, unmatched))}";
            }
            else if (parsed.UnmatchedTokens.Count == 0 || parsed.CommandResult.Command.Subcommands.Count == 0)
            {
                yield return OptionOf(error) + string.Join(' ', error.Message.Split((char[])['\r', '\n', '\t'], StringSplitOptions.RemoveEmptyEntries));
            }

            // Else the library misses a command because it does not know the one that stands there.
        }
    }

    private static IEnumerable<string> Names(CommandResult at, string like)
    {
        var isOption = like.StartsWith('-');
        for (SymbolResult? result = at; result is CommandResult { Command: var command }; result = result.Parent)
        {
            var symbols = isOption ? command.Options.Where(o => result == at || o.Recursive) : (IEnumerable<Symbol>)command.Subcommands;
            foreach (var symbol in symbols)
            {
                yield return symbol.Name;
            }

            if (!isOption)
            {
                yield break;
            }
        }
    }

    /// <summary>The option at fault, where the message does not name it.</summary>
    private static string OptionOf(ParseError error)
    {
        var option = (error.SymbolResult as OptionResult ?? error.SymbolResult?.Parent as OptionResult)?.Option.Name;
        return option is null || error.Message.Contains(option, StringComparison.Ordinal) ? "" : $"{option}: ";
    }
}
