using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace LoraFunctions.Diffusion.Prompts;

/// <summary><c>&lt;lora:name:te:unet&gt;</c> in a prompt: which LoRA, and how strongly on either network.</summary>
public sealed record LoraTag(string Name, double TextEncoderStrength, double UnetStrength);

/// <summary>A prompt with its tags taken out.</summary>
/// <param name="Text">Without the tags; nothing else is touched, not even the commas around them.</param>
/// <param name="Loras">In the order they are written; the same name may come twice.</param>
/// <param name="Problems">One line for each tag that means nothing or is not whole, with its place, for a person.</param>
public sealed record TaggedPrompt(string Text, IReadOnlyList<LoraTag> Loras, IReadOnlyList<string> Problems)
{
    /// <summary>Where tags were taken out of <see cref="Text"/>, and how many characters up to there.</summary>
    internal IReadOnlyList<(int At, int Removed)> Cuts { get; init; } = [];

    /// <summary>The character (from 1) of the whole prompt that <see cref="Text"/> has at an index.</summary>
    internal int Character(int index) => index + 1 + Cuts.LastOrDefault(cut => cut.At <= index).Removed;
}

/// <summary>
/// Takes <c>&lt;type:arguments&gt;</c> out of prompts, as WebUI does before it reads anything else: <c>&lt;lora:name:te:unet&gt;</c>, or by
/// name (<c>te=</c>, <c>unet=</c>). The UNet's strength is the text encoder's where it is not given, that is 1 where it is not given.
/// </summary>
public static partial class PromptTags
{
    /// <summary>LoRAs are trained for 1 and break down soon above it; only those made as sliders go further.</summary>
    public const double MaximumStrength = 5;

    private const int MatchTimeout = 10_000; // ms

    private static readonly string[] LoraTypes = ["lora", "lyco"];

    public static TaggedPrompt Extract(string prompt)
    {
        var loras = new List<LoraTag>();
        var problems = new List<(int At, string Problem)>();
        var cuts = new List<(int At, int Removed)>();
        var text = new StringBuilder(prompt.Length);
        var (from, removed) = (0, 0);
        foreach (Match tag in Tag().Matches(prompt))
        {
            if (Read(tag.Groups["type"].Value, tag.Groups["arguments"].Value, out var lora) is { } problem)
            {
                problems.Add((tag.Index, $"{tag.Value}: {problem}"));
            }
            else
            {
                loras.Add(lora!);
            }

            text.Append(prompt, from, tag.Index - from);
            removed += tag.Length;
            cuts.Add((text.Length, removed));
            from = tag.Index + tag.Length;
        }

        text.Append(prompt, from, prompt.Length - from);
        var tagged = new TaggedPrompt(text.ToString(), loras, []) { Cuts = cuts };
        foreach (Match piece in Piece().Matches(tagged.Text))
        {
            problems.Add((tagged.Character(piece.Index) - 1,
                $"'{piece.Value.Trim()}' looks like a tag and is none, so its words would be painted; write <lora:name:strength>, without blanks "
                + "before the name and with '<' and '>'."));
        }

        return tagged with { Problems = [.. problems.OrderBy(p => p.At).Select(p => $"character {p.At + 1}: {p.Problem}")] };
    }

    private static string? Read(string type, string arguments, out LoraTag? lora)
    {
        lora = null;
        if (!LoraTypes.Contains(type, StringComparer.Ordinal))
        {
            return $"'{type}' tags are not known; only <lora:name:strength> is.";
        }

        var positional = new List<string>();
        var named = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var item in arguments.Split(':'))
        {
            var parts = item.Split('=', 2);
            if (parts.Length == 2)
            {
                named[parts[0]] = parts[1];
            }
            else
            {
                positional.Add(item);
            }
        }

        if (positional.Count == 0 || positional[0].Length == 0)
        {
            return "names no LoRA; write <lora:name:strength>.";
        }

        if (positional[0].Contains('<', StringComparison.Ordinal))
        {
            return "another tag begins inside this one; the first is not closed by '>'.";
        }

        var unknown = named.Keys.Where(key => key is not ("te" or "unet")).ToList();
        if (unknown.Count > 0 || positional.Count > 3)
        {
            return $"takes a name and up to two strengths (te, unet), not {string.Join(" or ", [.. unknown, .. positional.Skip(3)])}.";
        }

        var te = named.GetValueOrDefault("te", positional.ElementAtOrDefault(1) ?? "1");
        var unet = named.GetValueOrDefault("unet", positional.ElementAtOrDefault(2) ?? te);
        if (!IsStrength(te, out var teStrength) || !IsStrength(unet, out var unetStrength))
        {
            var wrong = IsStrength(te, out _) ? unet : te;
            return string.Create(CultureInfo.InvariantCulture,
                $"'{wrong}' is no strength; write a number such as 0.8, from -{MaximumStrength} to {MaximumStrength}.");
        }

        lora = new LoraTag(positional[0], teStrength, unetStrength);
        return null;
    }

    private static bool IsStrength(string text, out double strength) =>
        double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out strength) && Math.Abs(strength) <= MaximumStrength;

    [GeneratedRegex(
        @"<(?<type>\w+):(?<arguments>[^>]+)>", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, MatchTimeout)]
    private static partial Regex Tag();

    /// <summary>What is left of a tag that was not closed, not opened, or spelt with blanks.</summary>
    [GeneratedRegex(
        @"<\s{0,9}/?\s{0,9}(lora|lyco|hypernet)\b[^<>\n]{0,99}>?|<\w{1,40}:[^<>\n]{0,99}|\b(lora|lyco):[^<>\s]{1,99}>",
        RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture | RegexOptions.IgnoreCase, MatchTimeout)]
    private static partial Regex Piece();
}
