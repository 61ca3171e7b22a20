using Spectre.Console;

namespace LoraFunctions.Cli;

/// <summary>Where commands write: results and progress to <see cref="Out"/>, problems to <see cref="Error"/>.</summary>
internal sealed class CliConsole(IAnsiConsole @out, TextWriter error)
{
    /// <summary>Lines are cut at this width where there is no terminal to ask.</summary>
    private const int WidthWithoutTerminal = 140;

    public IAnsiConsole Out { get; } = @out;

    public TextWriter Error { get; } = Secrets.Redacting(error);

    /// <summary>Both go to one terminal, where a bar may be drawn: lines must come through <see cref="Out"/>, which moves it down.</summary>
    private bool AreOneTerminal { get; init; }

    public static CliConsole ForProcess()
    {
        var console = AnsiConsole.Console;
        if (System.Console.IsOutputRedirected)
        {
            console.Profile.Width = WidthWithoutTerminal;
        }

        return new CliConsole(console, System.Console.Error)
        {
            AreOneTerminal = console.Profile.Capabilities.Interactive && !System.Console.IsErrorRedirected,
        };
    }

    /// <summary>A console without colours or bars, as a pipe sees it.</summary>
    public static CliConsole ForWriters(TextWriter @out, TextWriter error)
    {
        var console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Ansi = AnsiSupport.No,
            ColorSystem = ColorSystemSupport.NoColors,
            Interactive = InteractionSupport.No,
            Out = new AnsiConsoleOutput(@out),
        });
        console.Profile.Width = WidthWithoutTerminal;
        return new CliConsole(console, error);
    }

    /// <summary>One line as it is: no markup, never wrapped (paths are to be copied).</summary>
    public void Line(string text) => Out.Profile.Out.Writer.WriteLine(Secrets.Redact(text));

    /// <summary>One line about what a job does, above the bars where there are any.</summary>
    public void Notice(string text)
    {
        if (Out.Profile.Capabilities.Interactive)
        {
            Above(text);
        }
        else
        {
            Line(text);
        }
    }

    /// <summary>One line on stderr, above the bars where there are any.</summary>
    public void Warning(string text)
    {
        if (AreOneTerminal)
        {
            Above(text);
        }
        else
        {
            Error.WriteLine(text);
        }
    }

    // Bars are drawn over, not removed, so every line takes the whole width.
    private void Above(string text)
    {
        text = Secrets.Redact(text);
        var width = Math.Max(3, Out.Profile.Width) - 1;
        while (BarLine.Cells(text) > width)
        {
            // Between words where there is a space in the line's second half; a path is cut where the line ends.
            var full = BarLine.Head(text, width);
            var space = text.LastIndexOf(' ', full);
            var end = space > full / 2 ? space : full;
            Out.WriteLine(Padded(text[..end], width));
            text = text[end..].TrimStart(' ');
        }

        Out.WriteLine(Padded(text, width));
    }

    private static string Padded(string text, int width) => text + new string(' ', width - BarLine.Cells(text));
}
