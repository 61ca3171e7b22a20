using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;

namespace LoraFunctions.Cli;

/// <summary>
/// How numbers are read from the command line. The library would take "0,8" for 8, its comma for one between thousands, and tells of a
/// wrong number in words of .NET.
/// </summary>
internal static class NumberOptions
{
    /// <summary>Gives every option of the command and of those below it that takes numbers its reader.</summary>
    public static void SetReaders(Command command)
    {
        foreach (var option in command.Options)
        {
            SetReader(option);
        }

        foreach (var below in command.Subcommands)
        {
            SetReaders(below);
        }
    }

    private static void SetReader(Option option)
    {
        switch (option)
        {
            case Option<double> number:
                number.CustomParser = result => Number(option, result.Tokens[0], result);
                break;
            case Option<double?> number:
                number.CustomParser = result => Number(option, result.Tokens[0], result);
                break;
            case Option<double[]> numbers:
                numbers.CustomParser = result => [.. result.Tokens.Select(t => Number(option, t, result))];
                break;
            case Option<int> whole:
                whole.CustomParser = result => (int)Whole(option, result.Tokens[0], result, int.MinValue, int.MaxValue);
                break;
            case Option<int?> whole:
                whole.CustomParser = result => (int)Whole(option, result.Tokens[0], result, int.MinValue, int.MaxValue);
                break;
            case Option<long> whole:
                whole.CustomParser = result => Whole(option, result.Tokens[0], result, long.MinValue, long.MaxValue);
                break;
            case Option<long[]> wholes:
                wholes.CustomParser = result => [.. result.Tokens.Select(t => Whole(option, t, result, long.MinValue, long.MaxValue))];
                break;
        }
    }

    private static double Number(Option option, Token token, ArgumentResult result)
    {
        if (!double.TryParse(token.Value, NumberStyles.Float, CultureInfo.InvariantCulture, out var number))
        {
            result.AddError($"{option.Name}: '{token.Value}' is no number; give one such as 0.8, with a point and without spaces.");
        }

        return number;
    }

    private static long Whole(Option option, Token token, ArgumentResult result, long least, long most)
    {
        if (!long.TryParse(token.Value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number)
            || number < least
            || number > most)
        {
            var isTooLarge = token.Value.AsSpan().TrimStart("+-") is { Length: > 0 } digits && !digits.ContainsAnyExceptInRange('0', '9');
            result.AddError($"{option.Name}: '{token.Value}' is {(isTooLarge ? $"out of range; {most} is the most" : "no whole number")}.");
            return 0;
        }

        return number;
    }
}
