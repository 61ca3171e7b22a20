using System.CommandLine;
using LoraFunctions.Cli.Models;

namespace LoraFunctions.Cli.Commands;

/// <summary><c>lora models</c>: what a file holds; fetching the files a list names.</summary>
internal static class ModelsCommand
{
    public static Command Create(CliConsole console) =>
        new("models", "About checkpoints and LoRA files.") { Inspect(console), Pull(console) };

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

    private static Command Pull(CliConsole console)
    {
        var list = new Option<string>("--list")
        {
            Description = "YAML: files, each with path, url and sha256; when not named, Stable Diffusion 1.5 and CLIP ViT-L/14.",
            DefaultValueFactory = _ => ShippedConfiguration.Models,
        };
        var output = new Option<string>("--out") { Description = "Folder the files go to.", DefaultValueFactory = _ => "models" };
        var command = new Command("pull", "Fetch models by a list of URL and SHA-256; what has come is kept and gone on with.")
        {
            list,
            output,
        };
        command.SetAction(
            async (parsed, cancellationToken) =>
            {
                var downloads = ModelListReader.Read(parsed.GetRequiredValue(list));
                using var http = new HttpClient { Timeout = Timeout.InfiniteTimeSpan };
                var downloader = new ModelDownloader(http, TimeProvider.System);
                foreach (var download in downloads)
                {
                    var folder = parsed.GetRequiredValue(output);
                    var fetched = await ProgressDisplay.RunAsync(
                        console,
                        progress => downloader.FetchAsync(download, folder, progress, cancellationToken));
                    console.Line(
                        $"{Path.Combine(folder, download.Path)}: {(fetched ? "fetched" : "is there already")}, SHA-256 as listed");
                }

                return ExitCodes.Success;
            });
        return command;
    }
}
