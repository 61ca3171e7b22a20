using System.CommandLine;
using LoraFunctions.Cli.Models;

namespace LoraFunctions.Cli.Commands;

/// <summary><c>lora models</c>: what a file holds.</summary>
internal static class ModelsCommand
{
    public static Command Create(CliConsole console) => new("models", "About checkpoints and LoRA files.") { Inspect(console) };

    private static Command Inspect(CliConsole console)
    {
        var path = new Argument<string>("file") { Description = "A .safetensors file, or a folder in diffusers, HF or PEFT layout." };
        var metadata = new Option<bool>("--metadata") { Description = "Print every metadata value in full." };
        var command = new Command("inspect", "Print what a checkpoint or LoRA holds.") { path, metadata };
        command.SetAction(parsed =>
        {
            ModelInspection.Print(console, parsed.GetRequiredValue(path), parsed.GetValue(metadata));
            return ExitCodes.Success;
        });
        return command;
    }
}
