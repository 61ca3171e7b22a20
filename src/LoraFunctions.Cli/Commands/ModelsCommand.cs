using System.CommandLine;
using LoraFunctions.Cli.Models;

namespace LoraFunctions.Cli.Commands;

/// <summary><c>lora models</c>: what a file holds; fetching the files a list names; bringing models into a night's storage.</summary>
internal static class ModelsCommand
{
    public static Command Create(CliConsole console) =>
        new("models", "About checkpoints and LoRA files.") { Inspect(console), Pull(console), Push(console) };

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

    private static Command Push(CliConsole console)
    {
        var paths = new Argument<string[]>("model")
        {
            Description = "A Stable Diffusion 1.5 (.safetensors file or folder) or CLIP (folder); several may be given.",
            Arity = ArgumentArity.OneOrMore,
        };
        var name = new Option<string?>("--name") { Description = "The model's name there; for one model. Default: that of the file or folder." };
        var storage = StorageOption.Create();
        var command = new Command("push", "Bring models into the storage of a night: hashed, known to nights when they are whole; run again, it goes on.")
        {
            paths,
            name,
            storage,
        };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            await new ModelPush(console).RunAsync(parsed.GetRequiredValue(paths), parsed.GetValue(name), parsed.GetRequiredValue(storage), cancellationToken);
            return ExitCodes.Success;
        });
        return command;
    }
}
