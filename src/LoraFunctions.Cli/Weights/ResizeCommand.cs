using System.CommandLine;
using System.Globalization;
using LoraFunctions.Diffusion.Lora;
using LoraFunctions.Diffusion.WeightTools;
using LoraFunctions.Jobs;
using Spectre.Console;

namespace LoraFunctions.Cli.Weights;

/// <summary><c>lora weights resize</c>: another rank for a LoRA.</summary>
internal static class ResizeCommand
{
    private static readonly SortedDictionary<string, LoraRankRule> Rules = new(StringComparer.Ordinal)
    {
        ["sv_cumulative"] = LoraRankRule.SingularValueCumulative,
        ["sv_fro"] = LoraRankRule.SingularValueFrobenius,
        ["sv_ratio"] = LoraRankRule.SingularValueRatio,
    };

    public static Command Create(CliConsole console)
    {
        var path = new Argument<string>("lora") { Description = "A LoRA file, or a folder with pytorch_lora_weights.safetensors." };
        var output = WeightsOptions.Out("The resized LoRA (.safetensors).");
        var rank = new Option<int>("--rank") { Description = "The new rank; the highest one with --dynamic.", Required = true };
        var convolutionRank = new Option<int?>("--conv-rank") { Description = "Of 3x3 convolutions. [default: as --rank]" };
        var dynamic = new Option<string?>("--dynamic") { Description = $"Let every module have the rank it needs: {string.Join(", ", Rules.Keys)}." };
        dynamic.AcceptOnlyFromAmong([.. Rules.Keys]);
        var target = new Option<double?>("--target") { Description = "What --dynamic aims at: for sv_ratio largest / smallest singular value, e.g. 10; else the share kept, e.g. 0.9." };
        var verbose = new Option<bool>("--modules") { Description = "Print a line a module." };
        var precision = WeightsOptions.Precision("fp16");
        var format = WeightsOptions.Format();
        var command = new Command("resize", "Bring a LoRA to another rank by the singular values of its updates.")
        {
            path, output, rank, convolutionRank, dynamic, target, verbose, precision, format,
        };
        command.SetAction(parsed =>
        {
            var rule = parsed.GetValue(dynamic) is { } name ? Rules[name] : LoraRankRule.Fixed;
            var options = new LoraResizeOptions { Rank = parsed.GetValue(rank), ConvolutionRank = parsed.GetValue(convolutionRank), Rule = rule, Target = parsed.GetValue(target) ?? 0 };
            string[] problems =
            [
                .. rule == LoraRankRule.Fixed && parsed.GetValue(target) is not null ? ["--target is for --dynamic; say which of its rules is meant."] : Array.Empty<string>(),
                .. options.Problems(),
                .. WeightsOptions.FileProblems(parsed.GetRequiredValue(output), parsed.GetRequiredValue(path)),
            ];
            using var weights = WeightsOptions.Load([parsed.GetRequiredValue(path)], problems)[0];
            using var result = LoraResize.Resize(weights, options);
            if (parsed.GetValue(verbose))
            {
                PrintModules(console, result);
            }

            WeightsOptions.Save(console, result.Weights, parsed.GetRequiredValue(output), parsed.GetValue(precision), parsed.GetRequiredValue(format));
            WeightsOptions.PrintKept(console, result.Modules);
            var (least, most) = (result.Modules.Min(m => m.Rank), result.Modules.Max(m => m.Rank));
            console.Line(string.Create(
                CultureInfo.InvariantCulture, $"  ranks {least} to {most}, {weights.ParameterCount:N0} parameters before and {result.Weights.ParameterCount:N0} now"));
            return ExitCodes.Success;
        });
        return command;
    }

    private static void PrintModules(CliConsole console, LoraResizeResult result)
    {
        var table = new Table().Border(TableBorder.Simple).AddColumns("module", "rank before", "rank", "alpha", "norm kept", "sum kept");
        foreach (var module in result.Modules)
        {
            string[] cells =
            [
                module.Layer.Diffusers, Text(module.OldRank), Text(module.Rank), Text(module.Alpha, "0.####"), Text(module.FrobeniusKept, "p1"), Text(module.SumKept, "p1"),
            ];
            table.AddRow(cells.Select(c => new Text(c)));
        }

        console.Out.Write(table);
    }

    private static string Text(IFormattable value, string? format = null) => value.ToString(format, CultureInfo.InvariantCulture);
}
