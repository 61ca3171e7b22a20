using System.CommandLine;
using LoraFunctions.Imaging;
using LoraFunctions.Jobs.Labelling;

namespace LoraFunctions.Cli.Commands;

/// <summary><c>lora label</c>: photos to <c>metadata.csv</c>.</summary>
internal static class LabelCommand
{
    public static Command Create(CliConsole console)
    {
        var photos = new Option<string>("--photos") { Description = "Folder of one car model's photos.", Required = true };
        var clip = new Option<string>("--clip")
        {
            Description = "CLIP in HF layout: config.json, model.safetensors, vocab.json, merges.txt.",
            Required = true,
        };
        var name = new Option<string>("--name") { Description = "What captions begin with, e.g. \"Tesla Model Y\".", Required = true };
        var features = new Option<string[]>("--features")
        {
            Description = "Key features put into every caption, e.g. \"hidden door handles\".",
            AllowMultipleArgumentsPerToken = true,
            DefaultValueFactory = _ => [],
        };
        var table = new Option<string>("--labels")
        {
            Description = "Label table.",
            DefaultValueFactory = _ => ShippedConfiguration.LabelTable,
        };
        var output = new Option<string?>("--out")
        {
            Description = "Folder of metadata.csv and labels.json; the photos' folder when not named.",
        };
        var command = new Command(
            "label",
            $"Caption photos by CLIP. Corrections by hand go into {LabelFiles.Overrides} beside the photos and are kept however often "
                + "labels are made.")
        {
            photos,
            clip,
            name,
            features,
            table,
            output,
        };
        command.SetAction(
            (parsed, cancellationToken) =>
                Task.Run(
                    () =>
                    {
                        var request = new LabellingRequest
                        {
                            PhotosFolder = parsed.GetRequiredValue(photos),
                            ClipFolder = parsed.GetRequiredValue(clip),
                            DisplayName = parsed.GetRequiredValue(name),
                            Features =
                            [
                                .. parsed
                                    .GetRequiredValue(features)
                                    .SelectMany(f =>
                                        f.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)),
                            ],
                            LabelTable = parsed.GetRequiredValue(table),
                            OutputFolder = parsed.GetValue(output) ?? parsed.GetRequiredValue(photos),
                        };
                        var result = ProgressDisplay.Run(
                            console,
                            progress => new LabellingJob().Run(request, progress, cancellationToken));
                        var corrected = result.Photos.Count(p => p.Corrected);
                        console.Line(
                            $"{result.MetadataPath}: {result.Photos.Count} "
                                + $"captions{(corrected > 0 ? $", {corrected} of them corrected by hand" : "")}");
                        console.Line($"{result.LabelsPath}: every label with its scores");
                        foreach (var file in result.PassedOver)
                        {
                            console.Line($"{file.Name}: {(file.Kind == FileKind.Refused ? "refused" : "ignored")}: {file.Reason}");
                        }

                        return ExitCodes.Success;
                    },
                    CancellationToken.None));
        return command;
    }
}
