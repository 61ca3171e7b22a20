using System.Globalization;
using Spectre.Console.Rendering;

namespace LoraFunctions.Cli;

/// <summary>
/// The text of a progress bar, short enough that the bar and the columns behind it stay on the same line: Spectre breaks those into
/// columns of single letters otherwise. Widths are cells of the terminal; a Chinese character takes two.
/// </summary>
internal static class BarLine
{
    /// <summary>The bar's least width and the spaces around it.</summary>
    private const int Bar = 8 + 2;

    /// <summary>A name cut to less says nothing.</summary>
    private const int ShortestName = 9;

    /// <summary>The cells a text may take.</summary>
    /// <param name="columns">Cells of the columns behind the bar, with the spaces between them.</param>
    public static int WidthOn(CliConsole console, int columns) => Math.Max(ShortestName, console.Out.Profile.Width - Bar - columns);

    /// <summary>Name and numbers; where they are too long the name gives way in its middle, what tells two names apart is at the ends.</summary>
    public static string Fit(string name, string numbers, int width)
    {
        string all = name + numbers;
        int room = width - Cells(numbers);
        if (Cells(all) <= width)
        {
            return all;
        }

        return room < ShortestName
            ? $"{all[..Head(all, width - 1)]}…"
            : $"{name[..Head(name, room - 1 - (room / 2))]}…{name[Tail(name, room / 2)..]}{numbers}";
    }

    public static int Cells(string text) => new Segment(text).CellCount();

    /// <summary>Where the longest beginning of at most so many cells ends.</summary>
    public static int Head(string text, int cells)
    {
        int end = 0;
        for (int next = Next(text, 0); end < text.Length && Cells(text[..next]) <= cells; next = Next(text, end))
        {
            end = next;
        }

        return end;
    }

    /// <summary>Where the longest end of at most so many cells begins.</summary>
    private static int Tail(string text, int cells)
    {
        int start = 0;
        while (Cells(text[start..]) > cells)
        {
            start = Next(text, start);
        }

        return start;
    }

    private static int Next(string text, int at) => at + StringInfo.GetNextTextElementLength(text.AsSpan(at));
}
