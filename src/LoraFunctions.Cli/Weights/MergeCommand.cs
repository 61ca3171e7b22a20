using System.CommandLine;
using System.Globalization;
using LoraFunctions.Diffusion.Lora;
using LoraFunctions.Diffusion.Prompts;
using LoraFunctions.Diffusion.WeightTools;
using LoraFunctions.Jobs;

namespace LoraFunctions.Cli.Weights;

/// <summary><c>lora weights merge</c>: LoRAs into a checkpoint, or several into one.</summary>
internal static class MergeCommand
{
    public static Command Create(CliConsole console)
    {
        var loras = new Option<string[]>("--lora") { Description = "LoRA files, or folders with pytorch_lora_weights.safetensors.", Required = true, AllowMultipleArgumentsPerToken = true };
        var strengths = new Option<double[]>("--strength") { Description = "One for each LoRA in their order, or one for all; 1 is as trained. [default: 1]", AllowMultipleArgumentsPerToken = true };
        var textStrengths = new Option<double[]>("--text-encoder-strength") { Description = "The same for the text encoder. [default: as --strength]", AllowMultipleArgumentsPerToken = true };
        var baseModel = new Option<string?>("--base-model")
        {
            Description = "Checkpoint they are baked into: a .safetensors file in LDM layout or a diffusers folder, and so is the result. "
                + "Without one, the LoRAs become one LoRA.",
        };
        var output = WeightsOptions.Out("The merged checkpoint (file or folder, as the base is) or LoRA (.safetensors).");
        var rank = new Option<int?>("--rank") { Description = "Without --base-model: bring the result to this rank. [default: the sum of all ranks, at which nothing is lost]" };
        var precision = WeightsOptions.Precision("as the base is; of a LoRA fp16");
        var format = WeightsOptions.Format();
        var command = new Command("merge", "Bake LoRAs with strengths into a checkpoint, or put several LoRAs together as one.")
        {
            loras, strengths, textStrengths, baseModel, output, rank, precision, format,
        };
        command.SetAction((parsed, cancellationToken) => Task.Run(
            () =>
            {
                var paths = parsed.GetRequiredValue(loras);
                var (unet, target) = (parsed.GetValue(strengths) is { Length: > 0 } given ? given : [1], parsed.GetRequiredValue(output));
                var text = parsed.GetValue(textStrengths) is { Length: > 0 } own ? own : unet;
                var resize = parsed.GetValue(rank) is { } wanted ? new LoraResizeOptions { Rank = wanted } : null;
                string[] problems =
                [
                    .. CountProblems("--strength", unet, paths),
                    .. text == unet ? [] : CountProblems("--text-encoder-strength", text, paths),
                    .. resize?.Problems() ?? [],
                    .. parsed.GetValue(baseModel) is { } mergedInto
                        ? WeightsOptions.MergedModelProblems(target, mergedInto)
                        : WeightsOptions.FileProblems(target, paths),
                    .. WeightsOptions.ModelProblems(baseModel, parsed.GetValue(baseModel)),
                    .. parsed.GetValue(baseModel) is null || resize is null
                        ? []
                        : new[] { "--rank is for LoRAs put together as one; with --base-model the result has no rank." },
                ];
                var loaded = WeightsOptions.Load(paths, problems);
                try
                {
                    LoraUse[] uses = [.. loaded.Select((l, i) => new LoraUse(l, At(unet, i), At(text, i)))];
                    if (parsed.GetValue(baseModel) is { } checkpoint)
                    {
                        IntoCheckpoint(console, checkpoint, uses, target, new CheckpointMergeOptions
                        {
                            Precision = WeightsOptions.PrecisionOf(parsed.GetValue(precision)),
                            Names = [.. paths.Select(p => Path.GetFileNameWithoutExtension(Path.TrimEndingDirectorySeparator(p)))],
                        }, cancellationToken);
                    }
                    else
                    {
                        AsOne(console, uses, resize, target, parsed.GetValue(precision), parsed.GetRequiredValue(format));
                    }
                }
                finally
                {
                    Array.ForEach(loaded, l => l.Dispose());
                }

                return ExitCodes.Success;
            },
            CancellationToken.None));
        return command;
    }

    private static void IntoCheckpoint(
        CliConsole console, string baseModel, IReadOnlyList<LoraUse> uses, string output, CheckpointMergeOptions options, CancellationToken cancellationToken)
    {
        var result = CheckpointMerge.Write(baseModel, uses, output, options, cancellationToken);
        console.Line($"{result.Path}: {result.MergedLayers} layers merged, everything else as in {baseModel}");
        foreach (var left in result.LeftOut)
        {
            console.Line($"  left out, because it would be unmerged: {left}");
        }
    }

    private static void AsOne(CliConsole console, IReadOnlyList<LoraUse> uses, LoraResizeOptions? resize, string output, string? precision, string format)
    {
        using var sum = LoraSum.Of(uses);
        if (resize is null)
        {
            WeightsOptions.Save(console, sum, output, precision, format);
            return;
        }

        using var resized = LoraResize.Resize(sum, resize);
        WeightsOptions.Save(console, resized.Weights, output, precision, format);
        WeightsOptions.PrintKept(console, resized.Modules);
    }

    private static IEnumerable<string> CountProblems(string option, double[] values, string[] loras)
    {
        if (values.Length != 1 && values.Length != loras.Length)
        {
            yield return $"{option}: {values.Length} numbers for {loras.Length} LoRAs; give one for each in their order, or one for all.";
        }

        foreach (var value in values.Where(v => !(Math.Abs(v) <= PromptTags.MaximumStrength)))
        {
            yield return string.Create(
                CultureInfo.InvariantCulture,
                $"{option}: {value} is no strength; give a number such as 0.8, from -{PromptTags.MaximumStrength} to {PromptTags.MaximumStrength}.");
        }
    }

    private static double At(double[] values, int index) => values.Length == 1 ? values[0] : values[index];
}
