using System.CommandLine;

namespace LoraFunctions.Cli.Weights;

/// <summary><c>lora weights</c>: arithmetic on LoRA files, nothing trained.</summary>
internal static class WeightsCommand
{
    public static Command Create(CliConsole console) => new("weights", "Merge, extract, resize and inspect LoRA weights.")
    {
        MergeCommand.Create(console),
        ExtractCommand.Create(console),
        ResizeCommand.Create(console),
        InspectCommand.Create(console),
    };
}
