using System.CommandLine;
using System.Globalization;
using LoraFunctions.Diffusion.Generation;
using LoraFunctions.Diffusion.Sampling;
using LoraFunctions.Jobs.Rendering;

namespace LoraFunctions.Cli.Commands;

/// <summary><c>lora sweep</c>: one prompt over several strengths, steps, guidance scales, samplers, seeds or scenes, on one labelled sheet.</summary>
internal static class SweepCommand
{
    /// <summary>Of a range of numbers that says no step.</summary>
    private const int RangeValues = 5;

    public static Command Create(CliConsole console)
    {
        var baseModel = CommonOptions.BaseModel();
        var prompt = new Option<string>("--prompt")
        {
            Description = "With {strength} in its <lora:name:{strength}> tags, and {scene} where scenes vary.",
            Required = true,
        };
        var negative = new Option<string>("--negative") { Description = "What the pictures shall not show.", DefaultValueFactory = _ => "" };
        var loras = CommonOptions.Loras();
        var loraFolder = CommonOptions.LoraFolder();
        var size = CommonOptions.Size(TextToImageRequest.DefaultSize, TextToImageRequest.DefaultSize);
        Option<string>[] axes =
        [
            Axis("--strength", "0.8"), Axis("--steps", $"{TextToImageRequest.DefaultSteps}"), Axis("--cfg", "7.5"),
            Axis("--sampler", SamplerNames.Default), Axis("--seed", "0"), Axis("--scene", ""),
        ];
        var output = new Option<string>("--out") { Description = "The sheet: .png, .jpg or .webp.", DefaultValueFactory = _ => "sweep.png" };
        var command = new Command("sweep", "Render a sheet of one prompt over several values of one or two settings.")
        {
            baseModel, prompt, negative, loras, loraFolder, size, output,
        };
        Array.ForEach(axes, command.Options.Add);
        command.SetAction(
            (parsed, cancellationToken) =>
                Task.Run(
                    () =>
                    {
                        var values = axes.ToDictionary(a => a.Name, a => parsed.GetRequiredValue(a), StringComparer.Ordinal);
                        var (variants, columns) = Variants(
                            parsed.GetRequiredValue(prompt), parsed.GetRequiredValue(negative), parsed.GetRequiredValue(size), values);
                        var request = new SweepRequest
                        {
                            BaseModel = parsed.GetRequiredValue(baseModel),
                            Loras = [.. parsed.GetRequiredValue(loras).Select(RenderCommand.NamedLoraOf)],
                            LoraFolder = parsed.GetValue(loraFolder),
                            Variants = variants,
                            Columns = columns,
                            OutputPath = parsed.GetRequiredValue(output),
                        };
                        variants.SelectMany(v => v.Picture.Warnings()).Distinct(StringComparer.Ordinal).ToList()
                            .ForEach(w => console.Warning($"lora: warning: {w}"));
                        var sheet = ProgressDisplay.Run(console, progress => new SweepJob().Run(request, progress, cancellationToken));
                        console.Line($"{sheet.Path}: {variants.Count} pictures, {sheet.Width}x{sheet.Height}, SHA-256 {sheet.Sha256}");
                        return ExitCodes.Success;
                    },
                    CancellationToken.None));
        return command;
    }

    private static Option<string> Axis(string name, string usual) => new(name)
    {
        Description = "One value, several with commas between them, or first..last for numbers (seeds: every one; else five; first..last/step says how far apart).",
        DefaultValueFactory = _ => usual,
    };

    /// <summary>The settings that vary span the sheet: the first over the columns, the second over the rows.</summary>
    /// <exception cref="InvalidJobInputException">More than two vary, a value is no number, or one has no place in the prompt.</exception>
    private static (IReadOnlyList<(string Label, TextToImageRequest Picture)> Variants, int Columns) Variants(
        string prompt, string negative, PictureSize size, Dictionary<string, string> given)
    {
        var problems = new Problems();
        var values = given.ToDictionary(
            g => g.Key, g => g.Key is "--sampler" or "--scene" ? Words(g.Value) : Numbers(g.Key, g.Value, problems), StringComparer.Ordinal);
        var varying = values.Where(v => v.Value.Count > 1).Select(v => v.Key).ToList();
        if (varying.Count > 2)
        {
            problems.Add($"{string.Join(", ", varying)} have several values; a sheet has two sides. Give all but two of them one value.");
        }

        foreach (var (option, place) in new[] { ("--strength", "{strength}"), ("--scene", "{scene}") })
        {
            if ((varying.Contains(option) || (option == "--scene" && given[option].Length > 0)) && !prompt.Contains(place, StringComparison.Ordinal))
            {
                problems.Add($"{option}: the prompt does not hold {place}, so it would have no effect.");
            }
        }

        problems.ThrowIfAny();
        var (across, down) = (varying.ElementAtOrDefault(0), varying.ElementAtOrDefault(1));
        var variants =
            from row in down is null ? [""] : values[down]
            from column in across is null ? [""] : values[across]
            select Variant(option => option == across ? column : option == down ? row : values[option][0]);
        return ([.. variants], across is null ? 1 : values[across].Count);

        (string Label, TextToImageRequest Picture) Variant(Func<string, string> value) =>
            (string.Join(", ", varying.Select(option => $"{option[2..]} {value(option)}")), new TextToImageRequest
            {
                Prompt = prompt.Replace("{strength}", value("--strength"), StringComparison.Ordinal).Replace("{scene}", value("--scene"), StringComparison.Ordinal),
                NegativePrompt = negative,
                Width = size.Width,
                Height = size.Height,
                Steps = (int)double.Parse(value("--steps"), CultureInfo.InvariantCulture),
                GuidanceScale = double.Parse(value("--cfg"), CultureInfo.InvariantCulture),
                Seed = (long)double.Parse(value("--seed"), CultureInfo.InvariantCulture),
                Sampler = value("--sampler"),
            });
    }

    private static List<string> Words(string text) => [.. text.Split(',').Select(word => word.Trim())];

    private static List<string> Numbers(string option, string text, Problems problems)
    {
        var isWhole = option is "--steps" or "--seed";
        var numbers = new List<double>();
        foreach (var part in text.Split(','))
        {
            string[] ends = [.. part.Split("..") is [var from, var to] ? (IEnumerable<string>)[from, .. to.Split('/')] : [part]];
            double[] read = [.. ends.Select(end => double.TryParse(end, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) ? number : double.NaN)];
            if (read.Any(number => !double.IsFinite(number) || number < 0 || (isWhole && number % 1 != 0)) || read is [_, _, 0] || read.Length > 3
                || (read.Length > 1 && read[1] < read[0]))
            {
                problems.Add($"{option}: '{part}' is neither a {(isWhole ? "whole number" : "number")} of 0 or more nor a range such as {(isWhole ? "1..4" : "0.4..1.2")}.");
                continue;
            }

            var step = read is [_, _, var apart] ? apart : read.Length == 1 ? 1 : option == "--seed" ? 1 : Math.Max(isWhole ? 1 : 0, (read[1] - read[0]) / (RangeValues - 1));
            var count = read.Length == 1 || step == 0 ? 1 : Math.Min(SweepJob.MostVariants + 1, (int)Math.Floor(((read[1] - read[0]) / step) + 1e-9) + 1);
            numbers.AddRange(Enumerable.Range(0, count).Select(i => Math.Round(read[0] + (i * step), isWhole ? 0 : 6)));
        }

        return [.. numbers.Distinct().Select(number => number.ToString(CultureInfo.InvariantCulture))];
    }
}
