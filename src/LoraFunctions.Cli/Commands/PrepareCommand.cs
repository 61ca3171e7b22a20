using System.CommandLine;
using LoraFunctions.Imaging.Gate;
using LoraFunctions.Jobs;
using LoraFunctions.Jobs.Preparation;
using LoraFunctions.Pipeline.Listings;

namespace LoraFunctions.Cli.Commands;

/// <summary><c>lora prepare</c>: raw photos to a data set.</summary>
internal static class PrepareCommand
{
    public static Command Create(CliConsole console)
    {
        var photos = new Argument<string>("photos") { Description = "Folder of one car model's photos, with the folders in it." };
        var vehicle = new Option<string>("--vehicle") { Description = "The car, as the marketplace writes it: make, model, released, listedAt, features.", Required = true };
        var output = new Option<string>("--out") { Description = "Folder of the photos that are taken, with gate-report.json, gate-report.html and a contact sheet.", Required = true };
        var most = new Option<int>("--max-photos") { Description = "Of more good photos the best are taken.", DefaultValueFactory = _ => PhotoSet.DefaultMaxPhotos };
        var command = new Command("prepare", "Look through photos and take the good ones into a data set: what is unreadable, small, blurred, too dark or there twice is named with the reason.")
        {
            photos,
            vehicle,
            output,
            most,
        };
        command.SetAction((parsed, cancellationToken) => Task.Run(() => Run(console, parsed.GetRequiredValue(photos), parsed.GetRequiredValue(vehicle), parsed.GetRequiredValue(output), parsed.GetValue(most), cancellationToken), CancellationToken.None));
        return command;
    }

    private static int Run(CliConsole console, string photos, string vehicleFile, string output, int most, CancellationToken cancellationToken)
    {
        if (most < 1)
        {
            throw new InvalidJobInputException($"--max-photos is {most}; it must be 1 or more.");
        }

        var request = new PreparationRequest
        {
            PhotosFolder = photos,
            VehicleFile = vehicleFile,
            Vehicle = VehicleFiles.Read(vehicleFile),
            OutputFolder = output,
            MaxPhotos = most,
        };
        GateReport report = ProgressDisplay.Run(console, progress => new PreparationJob().Run(request, progress, cancellationToken));
        foreach (GateVerdict photo in report.Rejected)
        {
            console.Line($"rejected: {UserPath.Shown(photo.Sentence)}");
        }

        foreach (var file in report.Ignored)
        {
            console.Line($"ignored: {UserPath.Shown(file.Name)}: {file.Reason}");
        }

        console.Line($"{output}: {report.Accepted.Count()} of {report.Photos.Count} photos are taken; {Path.Combine(output, PreparationFiles.Page)} shows them all");
        foreach (string missing in report.Missing)
        {
            console.Line($"not enough to train on yet: {missing}");
        }

        console.Line(File.Exists(Path.Combine(output, Jobs.Labelling.LabelFiles.Metadata))
            ? $"Their captions came along. Train with: lora train --config train.yaml, whose train_data_dir is {output}"
            : $"Caption them with: lora label {output} --clip CLIP");
        return report.Accepted.Any() ? ExitCodes.Success : throw new InvalidJobInputException($"No photo of {photos} is fit for training; {Path.Combine(output, PreparationFiles.Page)} says why of each.");
    }
}

/// <summary><c>vehicle.json</c> on this machine.</summary>
internal static class VehicleFiles
{
    /// <exception cref="InvalidJobInputException">It is missing or broken; every problem is in the message.</exception>
    public static Vehicle Read(string path)
    {
        try
        {
            return VehicleReader.Read(File.ReadAllBytes(path), TimeProvider.System.GetUtcNow());
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or InvalidDataException)
        {
            throw new InvalidJobInputException($"{path}: {e.Message.TrimEnd('.')}.", e);
        }
    }
}
