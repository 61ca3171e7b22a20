using System.CommandLine;
using LoraFunctions.Imaging;
using LoraFunctions.Jobs;
using LoraFunctions.Jobs.Labelling;
using LoraFunctions.Jobs.Preparation;

namespace LoraFunctions.Cli.Commands;

/// <summary><c>lora label</c>: photos to <c>metadata.csv</c>.</summary>
internal static class LabelCommand
{
    public static Command Create(CliConsole console)
    {
        var dataset = new Argument<string?>("dataset") { Description = "Folder of one car model's photos, as 'lora prepare' makes it.", Arity = ArgumentArity.ZeroOrOne };
        var photos = new Option<string?>("--photos") { Description = "The same." };
        var clip = new Option<string>("--clip")
        {
            Description = "CLIP in HF layout: config.json, model.safetensors, vocab.json, merges.txt.",
            Required = true,
        };
        var name = new Option<string?>("--name") { Description = "What captions begin with, e.g. \"Tesla Model Y\". Default: as vehicle.json beside the photos has it." };
        var features = new Option<string[]>("--features")
        {
            Description = "Key features put into every caption, e.g. \"hidden door handles\". Default: as vehicle.json beside the photos has them.",
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
        var cache = new Option<string?>("--learn") { Description = "File of earlier folders' corrections: it is learnt from, and gets this folder's." };
        var truth = new Option<string?>("--truth") { Description = $"Rows as in metadata.csv that are true: says how right the labels are, and with {LabelAccuracy.LeastToFit} photos or more fits the temperatures." };
        var review = new Option<bool>("--review") { Description = $"Also write {LabelFiles.Review}, a page where the words can be changed." };
        var command = new Command(
            "label",
            $"Caption photos by CLIP. Corrections by hand go into {LabelFiles.Overrides} beside the photos and are kept however often "
                + "labels are made.")
        {
            dataset,
            photos,
            clip,
            name,
            features,
            table,
            output,
            cache,
            truth,
            review,
        };
        command.SetAction(
            (parsed, cancellationToken) =>
                Task.Run(
                    () =>
                    {
                        var folder = parsed.GetValue(dataset) ?? parsed.GetValue(photos) ?? throw new InvalidJobInputException("Name the folder of the photos: lora label FOLDER --clip CLIP.");
                        var car = Path.Combine(folder, PreparationFiles.Vehicle) is var file && File.Exists(file) ? VehicleFiles.Read(file) : null;
                        var request = new LabellingRequest
                        {
                            PhotosFolder = folder,
                            ClipFolder = parsed.GetRequiredValue(clip),
                            DisplayName = parsed.GetValue(name) ?? car?.DisplayName
                                ?? throw new InvalidJobInputException($"--name is missing, and there is no {PreparationFiles.Vehicle} in {folder} that says what captions begin with, e.g. \"Tesla Model Y\"."),
                            Features = parsed.GetRequiredValue(features) is { Length: > 0 } given
                                ? [.. given.SelectMany(f => f.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))]
                                : car?.Features ?? [],
                            LabelTable = parsed.GetRequiredValue(table),
                            OutputFolder = parsed.GetValue(output) ?? folder,
                            CacheFile = parsed.GetValue(cache),
                            TruthFile = parsed.GetValue(truth),
                            Review = parsed.GetValue(review),
                        };
                        var result = ProgressDisplay.Run(
                            console,
                            progress => new LabellingJob().Run(request, progress, cancellationToken));
                        var corrected = result.Photos.Count(p => p.Corrected);
                        console.Line(
                            $"{result.MetadataPath}: {result.Photos.Count} "
                                + $"captions{(corrected > 0 ? $", {corrected} of them corrected by hand" : "")}");
                        console.Line($"{result.LabelsPath}: every label with its scores");
                        foreach (var line in Lines(request, result))
                        {
                            console.Line(line);
                        }

                        return ExitCodes.Success;
                    },
                    CancellationToken.None));
        return command;
    }

    private static IEnumerable<string> Lines(LabellingRequest request, LabellingResult result) =>
    [
        .. request.Review ? [$"{Path.Combine(request.OutputFolder, LabelFiles.Review)}: every photo with its words, to be corrected"] : Array.Empty<string>(),
        .. result.PassedOver.Select(file => $"{UserPath.Shown(file.Name)}: {(file.Kind == FileKind.Refused ? "refused" : "ignored")}: {file.Reason}"),
        .. result.Rejected.Select(photo => $"rejected: {UserPath.Shown($"{photo.File} {photo.Sentence}")}."),
        .. result.Differences,
        .. result.Learnt.Select(group => $"{group.Group}: {group.Corrections} corrections; each asked as if it were none, {group.ErrorsBefore} were wrong by CLIP alone and {group.ErrorsAfter} with the others"),
        .. result.Accuracy.Select(Sentence),
        .. result.Missing.Select(missing => $"not enough to train on yet: {missing}"),
    ];

    private static string Sentence(LabelAccuracy group) =>
        FormattableString.Invariant($"{group.Group}: {group.Right} right, {group.Wrong} wrong, {group.Silent} kept back; probabilities are off by {100 * group.CalibrationError:0.0} points")
        + (group.Temperature is { } temperature ? FormattableString.Invariant($"; temperature: {temperature} in the label table fits them") : $" (a temperature takes {LabelAccuracy.LeastToFit} photos)");
}
