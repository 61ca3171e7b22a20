using System.CommandLine;
using LoraFunctions.Jobs;
using LoraFunctions.Jobs.Kohya;

namespace LoraFunctions.Cli.Commands;

/// <summary><c>lora captions</c>: between <c>metadata.csv</c> and the text files beside photos that kohya's sd-scripts reads.</summary>
internal static class CaptionsCommand
{
    public static Command Create(CliConsole console)
    {
        var texts = new Argument<string>("folder") { Description = "Photos with text files of the same names, in it or in a folder {repeats}_{class} below it." };
        var from = new Command("from-text", "Write metadata.csv from the text files beside the photos.") { texts };
        from.SetAction(parsed =>
        {
            var folder = parsed.GetRequiredValue(texts);
            KohyaPhotos photos = KohyaPhotos.Find(folder) ?? throw new InvalidJobInputException($"There is no folder {folder}; name the folder of the photos.");
            foreach (string warning in photos.Warnings)
            {
                console.Error.WriteLine($"lora: warning: {warning}");
            }

            console.Line($"{photos.WriteCaptions(KohyaPhotos.UsualCaptionExtension, classTokens: null)}: the captions of {photos.Count} photos");
            console.Line($"In the training's YAML: train_data_dir: {photos.Folder}{(photos.Repeats is { } repeats ? $", repeats: {repeats}" : "")}");
            return ExitCodes.Success;
        });

        var captioned = new Argument<string>("folder") { Description = "Photos with a metadata.csv." };
        var output = new Option<string>("--out") { Description = "New folder {repeats}_{class}, e.g. kohya/20_car.", Required = true };
        var to = new Command("to-text", "Copy the photos of a metadata.csv with a text file each, as sd-scripts wants them.") { captioned, output };
        to.SetAction(parsed =>
        {
            var folder = parsed.GetRequiredValue(output);
            console.Line($"{folder}: {KohyaPhotos.Write(parsed.GetRequiredValue(captioned), folder)} photos, each with its caption; sd-scripts is given the folder above, and --caption_extension=.txt");
            return ExitCodes.Success;
        });
        return new Command("captions", "Captions as metadata.csv or as text files.") { from, to };
    }
}
