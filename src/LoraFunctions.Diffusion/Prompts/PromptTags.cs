using System.Globalization;
using System.Text.RegularExpressions;

namespace LoraFunctions.Diffusion.Prompts;

/// <summary>
/// Takes <c>&lt;type:arguments&gt;</c> out of prompts, as WebUI does before it reads anything else: <c>&lt;lora:name:te:unet&gt;</c>, or by
/// name (<c>te=</c>, <c>unet=</c>). The UNet's strength is the text encoder's where it is not given, that is 1 where it is not given.
/// </summary>
public static partial class PromptTags
{
    private const int MatchTimeout = 10_000; // ms

    private static readonly string[] LoraTypes = ["lora", "lyco"];

    public static TaggedPrompt Extract(string prompt)
    {
        var loras = new List<LoraTag>();
        var problems = new List<string>();
        var text = Tag().Replace(prompt, match =>
        {
            if (Read(match.Groups["type"].Value, match.Groups["arguments"].Value, out var lora) is { } problem)
            {
                problems.Add($"{match.Value}: {problem}");
            }
            else
            {
                loras.Add(lora!);
            }

            return "";
        });
        return new TaggedPrompt(text, loras, problems);
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

        var unknown = named.Keys.Where(key => key is not ("te" or "unet")).ToList();
        if (unknown.Count > 0 || positional.Count > 3)
        {
            return $"takes a name and up to two strengths (te, unet), not {string.Join(" or ", [.. unknown, .. positional.Skip(3)])}.";
        }

        var te = named.GetValueOrDefault("te", positional.ElementAtOrDefault(1) ?? "1");
        var unet = named.GetValueOrDefault("unet", positional.ElementAtOrDefault(2) ?? te);
        if (!IsStrength(te, out var teStrength) || !IsStrength(unet, out var unetStrength))
        {
            return $"'{(IsStrength(te, out _) ? unet : te)}' is no strength; write a number such as 0.8.";
        }

        lora = new LoraTag(positional[0], teStrength, unetStrength);
        return null;
    }

    private static bool IsStrength(string text, out double strength) =>
        double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out strength) && double.IsFinite(strength);

    [GeneratedRegex(
        @"<(?<type>\w+):(?<arguments>[^>]+)>", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, MatchTimeout)]
    private static partial Regex Tag();
}
