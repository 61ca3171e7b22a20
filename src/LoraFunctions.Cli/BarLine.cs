namespace LoraFunctions.Cli;

/// <summary>
/// The text of a progress bar, short enough that the bar and the columns behind it stay on the same line: Spectre breaks those into
/// columns of single letters otherwise.
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
        int room = width - numbers.Length;
        if (name.Length <= room)
        {
            return name + numbers;
        }

        if (room < ShortestName)
        {
            string all = name + numbers;
            return all.Length <= width ? all : $"{all[..(width - 1)]}…";
        }

        int end = room / 2;
        return $"{name[..(room - end - 1)]}…{name[^end..]}{numbers}";
    }
}
