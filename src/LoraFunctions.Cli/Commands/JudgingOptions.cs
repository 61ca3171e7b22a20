using System.CommandLine;
using LoraFunctions.Imaging;
using LoraFunctions.Jobs.Rendering;

namespace LoraFunctions.Cli.Commands;

/// <summary>What <c>lora compare</c> judges its pictures by, and how often it tries.</summary>
internal sealed class JudgingOptions
{
    /// <summary>Of each side: evenly out of the folder.</summary>
    private const int Photos = 48;

    private readonly Option<int> _bestOf = new("--best-of")
    {
        Description = $"Renderings at most to choose a picture from, 1 to {ComparisonDefaults.MostRenderings}; the first good one is taken.",
        DefaultValueFactory = _ => 1,
    };

    private readonly Option<string?> _clip = new("--clip") { Description = "With --best-of: the CLIP folder that judges." };
    private readonly Option<string?> _dino = new("--dino") { Description = "With --best-of: a DINOv2 folder that judges beside it." };
    private readonly Option<string?> _left = new("--left-photos") { Description = "With --best-of: a folder of photos of the left car model." };
    private readonly Option<string?> _right = new("--right-photos") { Description = "The same of the right one." };

    public void AddTo(Command command)
    {
        command.Add(_bestOf);
        foreach (var option in new[] { _clip, _dino, _left, _right })
        {
            command.Add(option);
        }
    }

    public int BestOf(ParseResult parsed) => parsed.GetValue(_bestOf) is > 1 and var renderings ? renderings : 0;

    /// <exception cref="InvalidJobInputException">Options that need each other, and folders that are not there.</exception>
    public Judging? Read(ParseResult parsed)
    {
        var problems = new Problems();
        var tries = parsed.GetValue(_bestOf);
        if (tries is < 1 or > ComparisonDefaults.MostRenderings)
        {
            problems.Add($"--best-of {tries}: give 1 to {ComparisonDefaults.MostRenderings}.");
        }

        foreach (var option in new[] { _clip, _left, _right })
        {
            if (tries > 1 && parsed.GetValue(option) is null)
            {
                problems.Add($"--best-of {tries} needs {option.Name}: {option.Description}");
            }
        }

        foreach (var option in new[] { _clip, _dino, _left, _right })
        {
            if (tries == 1 && parsed.GetValue(option) is not null)
            {
                problems.Add($"{option.Name} has no effect without --best-of 2 or more.");
            }
            else if (parsed.GetValue(option) is { } folder && !Directory.Exists(folder))
            {
                problems.Add($"{option.Name}: there is no folder {Path.GetFullPath(folder)}.");
            }
        }

        problems.ThrowIfAny();
        return tries == 1
            ? null
            : new Judging(parsed.GetValue(_clip)!, parsed.GetValue(_dino), In(parsed.GetValue(_left)!), In(parsed.GetValue(_right)!));
    }

    private static IReadOnlyList<string> In(string folder)
    {
        var names = PictureFolder.Names(folder);
        var count = Math.Min(Photos, names.Count);
        return [.. Enumerable.Range(0, count).Select(i => Path.Combine(folder, names[i * names.Count / count]))];
    }
}
