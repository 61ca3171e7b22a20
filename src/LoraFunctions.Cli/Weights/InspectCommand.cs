using System.CommandLine;
using System.Globalization;
using LoraFunctions.Cli.Models;
using LoraFunctions.Diffusion.Lora;
using LoraFunctions.Diffusion.WeightTools;
using Spectre.Console;

namespace LoraFunctions.Cli.Weights;

/// <summary><c>lora weights inspect</c>: what <c>lora models inspect</c> tells about a LoRA, and how much each module does.</summary>
internal static class InspectCommand
{
    public static Command Create(CliConsole console)
    {
        var path = new Argument<string>("lora") { Description = "A LoRA file, or a folder with pytorch_lora_weights.safetensors." };
        var metadata = new Option<bool>("--metadata") { Description = "Print every metadata value in full." };
        var command = new Command("inspect", "Print what a LoRA holds and the norms of its modules.") { path, metadata };
        command.SetAction(parsed =>
        {
            var file = parsed.GetRequiredValue(path);
            using var weights = WeightsOptions.Load([file])[0];
            ModelInspection.Print(console, file, parsed.GetValue(metadata));
            Print(console, LoraModuleNorms.Of(weights));
            return ExitCodes.Success;
        });
        return command;
    }

    private static void Print(CliConsole console, IReadOnlyList<LoraModuleNorms> norms)
    {
        var table = new Table().Border(TableBorder.Simple).AddColumns("module", "rank", "alpha", "norm", "largest", "rank used");
        foreach (var module in norms)
        {
            string[] cells =
            [
                module.Layer.Diffusers, Text(module.Rank), Text(module.Alpha, "0.####"), Text(module.Frobenius, "g4"), Text(module.Largest, "g4"), Text(module.EffectiveRank),
            ];
            table.AddRow(cells.Select(c => new Text(c)));
        }

        console.Out.Write(table);
        console.Line("  norm: Frobenius norm of the update alpha / rank * up * down; largest: its largest singular value;");
        console.Line($"  rank used: singular values that hold {LoraModuleNorms.EffectiveShare:p0} of the norm");
    }

    private static string Text(IFormattable value, string? format = null) => value.ToString(format, CultureInfo.InvariantCulture);
}
